//! Who acts on a wiki.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Name of a user or an address, as the wiki shows it: 1 to 255 bytes, no control characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(Box<str>);

/// A text is no name of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a user name: 1 to 255 bytes without control characters are wanted")]
pub struct BadUserName;

/// MediaWiki's own limit (`user_name` is 255 bytes).
const NAME_BYTES_MAX: usize = 255;

impl UserName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = BadUserName;

    fn from_str(text: &str) -> Result<Self, BadUserName> {
        let is_good =
            (1..=NAME_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control) && text.trim() == text;
        if is_good { Ok(Self(text.into())) } else { Err(BadUserName) }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Address of who sends a request, as the server that took the connection knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// What kind of user acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ActorType {
    /// A registered account.
    Named,
    /// A temporary account.
    Temp,
    /// An address.
    Ip,
    /// A user of another wiki, as imported revisions have.
    External,
    /// The caller did not say.
    #[default]
    Unknown,
}

impl ActorType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Named, Self::Temp, Self::Ip, Self::External, Self::Unknown];

    /// The word for it, as MediaWiki's `user_type` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Temp => "temp",
            Self::Ip => "ip",
            Self::External => "external",
            Self::Unknown => "unknown",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
