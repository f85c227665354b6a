//! Hosts, as entries of lists and in links.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use url::Host;

/// Most bytes of a host's name (RFC 1035).
const HOST_BYTES_MAX: usize = 253;

/// Most bytes of one of its labels.
const LABEL_BYTES_MAX: usize = 63;

/// Most bytes of a host in a link before it is normalized: a name in other letters is longer than its ASCII form.
const WRITTEN_BYTES_MAX: usize = 1_024;

/// Schemes in whose links browsers pass over more slashes before the host than there need be (the URL standard's special
/// ones with a host).
const WEB: [&str; 5] = ["http", "https", "ftp", "ws", "wss"];

/// An entry of a list: a host in lower-case ASCII with a dot in it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(Box<str>);

/// Why a text is no domain that can be blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDomain {
    /// There is nothing.
    #[error("there is nothing here")]
    Empty,
    /// A name without a dot would block a whole top-level domain, or nothing.
    #[error("a domain has a dot in it, as in `spam.example`")]
    NoDot,
    /// A port.
    #[error("a domain is blocked on all ports. Leave the port out")]
    Port,
    /// A path.
    #[error("whole domains are blocked, not single pages. Leave out what stands behind the host")]
    Path,
    /// A user's name.
    #[error("a domain has no `@` in it")]
    UserInfo,
    /// A pattern.
    #[error("all hosts below a domain are blocked with it. Leave out the `*` or `.` at its beginning")]
    Wildcard,
    /// An IPv6 address.
    #[error("IPv6 addresses cannot be blocked here")]
    Ipv6,
    /// Something else.
    #[error("this is no name of a host")]
    NotAHost,
}

impl Domain {
    /// The host.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = BadDomain;

    fn from_str(text: &str) -> Result<Self, BadDomain> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadDomain::Empty);
        }
        let rest = text.split_once("//").map_or(text, |(scheme, rest)| {
            // What stands before is a scheme, or there is none.
            let is_scheme = scheme.is_empty() || scheme.strip_suffix(':').is_some_and(is_scheme_name);
            if is_scheme { rest } else { text }
        });
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '\\']) {
            return Err(BadDomain::Path);
        }
        if rest.contains('@') {
            return Err(BadDomain::UserInfo);
        }
        if rest.starts_with('[') || rest.matches(':').count() > 1 {
            return Err(BadDomain::Ipv6);
        }
        if rest.contains(':') {
            return Err(BadDomain::Port);
        }
        if rest.starts_with(['*', '.']) {
            return Err(BadDomain::Wildcard);
        }
        let rest = rest.strip_suffix('.').unwrap_or(rest);
        match Host::parse(rest) {
            Ok(Host::Domain(name)) if !name.contains('.') => Err(BadDomain::NoDot),
            Ok(Host::Domain(name)) if is_host_name(&name) => Ok(Self(name.into())),
            // A short form of an address, such as `10.1`, is not what is written there.
            Ok(Host::Ipv4(address)) if address.to_string() == rest => Ok(Self(rest.into())),
            Ok(Host::Ipv6(_)) => Err(BadDomain::Ipv6),
            _ => Err(BadDomain::NotAHost),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

fn is_scheme_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= HOST_BYTES_MAX && name.split('.').all(is_label)
}

/// The host of a link, in lower-case ASCII as browsers go to it; none if the link has none, as `mailto:` and `tel:` have.
///
/// A host that is written wrongly comes in lower case as it is: its parents may be right.
pub fn host_of(link: &str) -> Option<Cow<'_, str>> {
    let link = link.trim_start_matches(|c: char| c.is_ascii_whitespace() || c.is_control());
    let (scheme, rest) = link.split_once("//")?;
    if !scheme.is_empty() && !scheme.strip_suffix(':').is_some_and(is_scheme_name) {
        return None;
    }
    let scheme = scheme.trim_end_matches(':');
    let is_web = scheme.is_empty() || WEB.iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let rest = if is_web { rest.trim_start_matches(['/', '\\']) } else { rest };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host =
        host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |it| it.0);
    if host.is_empty() || host.len() > WRITTEN_BYTES_MAX {
        return None;
    }
    if is_plain(host) {
        return Some(Cow::Borrowed(host));
    }
    let host = match Host::parse(host) {
        Ok(Host::Domain(name)) => name,
        Ok(address) => address.to_string(),
        Err(_) => host.to_ascii_lowercase(),
    };
    Some(Cow::Owned(host.trim_end_matches('.').to_owned()))
}

/// Whether a host is what it would be normalized to: most are.
fn is_plain(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    // Names that end in a digit may be addresses, written in one of many ways.
    host.bytes().all(is_plain) && host.ends_with(|c: char| c.is_ascii_lowercase()) && !host.contains("xn--")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn entry(text: &str, expected: Result<&str, BadDomain>) {
        assert_eq!(text.parse::<Domain>().as_ref().map(Domain::as_str), expected.as_ref().copied(), "{text}");
    }

    #[test]
    fn an_entry_is_a_host_with_a_dot() {
        entry("spam.example", Ok("spam.example"));
        entry("  Spam.EXAMPLE. ", Ok("spam.example"));
        entry("https://spam.example/", Ok("spam.example"));
        entry("//spam.example", Ok("spam.example"));
        entry("bücher.example", Ok("xn--bcher-kva.example"));
        entry("BÜCHER.example", Ok("xn--bcher-kva.example"));
        entry("a_b.spam.example", Ok("a_b.spam.example"));
        entry("192.0.2.1", Ok("192.0.2.1"));
        for (text, why) in [
            ("", BadDomain::Empty),
            (" \n", BadDomain::Empty),
            ("localhost", BadDomain::NoDot),
            ("com.", BadDomain::NoDot),
            ("spam.example:8080", BadDomain::Port),
            ("https://spam.example/page", BadDomain::Path),
            ("spam.example?x", BadDomain::Path),
            ("user@spam.example", BadDomain::UserInfo),
            ("*.spam.example", BadDomain::Wildcard),
            (".spam.example", BadDomain::Wildcard),
            ("[2001:db8::1]", BadDomain::Ipv6),
            ("2001:db8::1", BadDomain::Ipv6),
            ("10.1", BadDomain::NotAHost),
            ("0x7f.0.0.1", BadDomain::NotAHost),
            ("spam..example", BadDomain::NotAHost),
            ("spam example.org", BadDomain::NotAHost),
            ("xn--\u{0}.example", BadDomain::NotAHost),
        ] {
            entry(text, Err(why));
        }
        entry(&format!("{}.example", "a".repeat(64)), Err(BadDomain::NotAHost));
        entry(&format!("{}example", "a.".repeat(130)), Err(BadDomain::NotAHost));
    }

    #[test]
    fn the_host_of_a_link_is_where_browsers_go() {
        for (link, host) in [
            ("https://a.spam.example/x?y#z", Some("a.spam.example")),
            ("//spam.example", Some("spam.example")),
            ("HTTP://SPAM.example:80/", Some("spam.example")),
            ("http://user:word@spam.example/", Some("spam.example")),
            ("http://good.example@spam.example", Some("spam.example")),
            ("http://spam.example./", Some("spam.example")),
            ("http://spam%2Eexample/", Some("spam.example")),
            ("http://spam。example/", Some("spam.example")),
            ("http://ｓｐａｍ.example/", Some("spam.example")),
            ("http://spam.example\\@good.example/", Some("spam.example")),
            ("HTTPS:///spam.example/x", Some("spam.example")),
            ("//\\/spam.example", Some("spam.example")),
            ("ircs:///spam.example", None),
            ("http:///", None),
            ("ircs://Spam.Example/channel", Some("spam.example")),
            ("https://bücher.example", Some("xn--bcher-kva.example")),
            ("http://3221225985/", Some("192.0.2.1")),
            ("http://0xc0.0.2.1/", Some("192.0.2.1")),
            ("http://[2001:db8::1]:80/", Some("[2001:db8::1]")),
            ("http://xn--a.spam.example", Some("xn--a.spam.example")),
            ("mailto:somebody@spam.example", None),
            ("tel:+4930", None),
            ("/wiki/Page", None),
            ("http://", None),
            ("", None),
        ] {
            assert_eq!(host_of(link).as_deref(), host, "{link}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_what_is_an_entry_is_found_in_a_link(text in "\\PC{0,40}", below in "[a-z]{1,5}") {
            let _ = host_of(&text);
            let _ = host_of(&format!("http://{text}"));
            if let Ok(domain) = text.parse::<Domain>() {
                let again: Result<Domain, BadDomain> = domain.as_str().parse();
                prop_assert_eq!(again.as_ref(), Ok(&domain));
                let link = format!("https://{domain}/{below}");
                let host = host_of(&link);
                prop_assert_eq!(host.as_deref(), Some(domain.as_str()));
            }
        }
    }
}
