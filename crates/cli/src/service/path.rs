//! Paths of the interface.

use std::fmt;
use std::fmt::Write as _;

/// A path with its query; what is put in is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiPath {
    text: String,
    has_query: bool,
}

impl ApiPath {
    /// A path of this program's own.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), has_query: false }
    }

    /// What belongs to a wiki; `*` stands for the farm.
    pub fn of_wiki(wiki: &str) -> Self {
        if wiki == "*" { Self::new("/v1/farm") } else { Self::new("/v1/wikis").part(wiki) }
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, part: &str) -> Self {
        self.text.push('/');
        // A part of dots alone would be taken for a step up the path.
        if part.bytes().all(|byte| byte == b'.') {
            part.bytes().for_each(|_| self.text.push_str("%2E"));
        } else {
            escape(part, &mut self.text);
        }
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: &dyn fmt::Display) -> Self {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        escape(name, &mut self.text);
        self.text.push('=');
        escape(&value.to_string(), &mut self.text);
        self
    }

    /// Adds a parameter, if there is a value.
    #[must_use]
    pub fn query_if<T: fmt::Display>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.query(name, &value),
            None => self,
        }
    }

    /// Adds a parameter for each value.
    #[must_use]
    pub fn query_all<T: fmt::Display>(self, name: &str, values: &[T]) -> Self {
        values.iter().fold(self, |path, value| path.query(name, value))
    }
}

impl fmt::Display for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Everything but RFC 3986's unreserved characters is escaped.
fn escape(from: &str, to: &mut String) {
    for byte in from.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_stays_one_part_or_one_value() {
        let path =
            ApiPath::of_wiki("a/b?c").part("..").query("q", &"x&y=ü").query_if::<u8>("n", None).query_all("t", &[1, 2]);
        assert_eq!(path.to_string(), "/v1/wikis/a%2Fb%3Fc/%2E%2E?q=x%26y%3D%C3%BC&t=1&t=2");
        assert_eq!(ApiPath::of_wiki("*").part("filters").to_string(), "/v1/farm/filters");
    }
}
