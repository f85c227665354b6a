//! Which passwords are good enough.

use crate::wiki::Wrong;
use wikiward_farm::UserName;

/// Fewest characters of a password.
pub const CHARACTERS_MIN: usize = 12;

/// Most bytes of a password: enough for any phrase, and no work for nothing.
pub const BYTES_MAX: usize = 1024;

/// A password as somebody typed it. Never shown.
#[derive(Clone)]
pub struct Password(Box<str>);

impl Password {
    /// The password `text`.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether it can be anybody's: longer ones are refused without work.
    pub(crate) fn is_bounded(&self) -> bool {
        self.0.len() <= BYTES_MAX
    }

    /// What is wrong with it as the password of `name`.
    pub fn check(&self, name: &UserName) -> Vec<Wrong> {
        let wrong = |code, message: String| vec![Wrong::new(code, "password", message)];
        if self.0.chars().count() < CHARACTERS_MIN {
            return wrong("password_short", format!("it must have at least {CHARACTERS_MIN} characters"));
        }
        if !self.is_bounded() {
            return wrong("password_long", format!("it must have at most {BYTES_MAX} bytes"));
        }
        let (lower, name) = (self.0.to_lowercase(), name.as_str().to_lowercase());
        // The name with a few characters around it is a guess away.
        let is_name = lower.find(&name).is_some_and(|_| lower.len() < name.len() + CHARACTERS_MIN / 2);
        if is_name {
            return wrong("password_is_name", "it must not be the account's name, or little more than it".into());
        }
        let mut characters: Vec<char> = self.0.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        if characters.len() < 5 {
            return wrong("password_plain", "it must have at least 5 different characters".into());
        }
        Vec::new()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_plain_and_named_passwords_are_refused() {
        let name: UserName = "Ada Example-Person".parse().unwrap();
        let code = |text: &str| Password::new(text).check(&name).first().map(|wrong| wrong.code);
        assert_eq!(code("elevenchars"), Some("password_short"));
        assert_eq!(code("twelve chars"), None);
        assert_eq!(code("äöüäöüäöüßé"), Some("password_short"));
        assert_eq!(code("ADA EXAMPLE-PERSON"), Some("password_is_name"));
        assert_eq!(code("ada example-person1"), Some("password_is_name"));
        assert_eq!(code("ada example-person likes tea"), None);
        assert_eq!(code("aaaaaaaabbbbbbb"), Some("password_plain"));
        assert_eq!(code(&"abcdef".repeat(200)), Some("password_long"));
        assert_eq!(format!("{:?}", Password::new("twelve chars")), "Password");
    }
}
