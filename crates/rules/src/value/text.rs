//! Byte strings.

use std::fmt;
use std::sync::Arc;

/// What a byte string holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII only.
    Ascii,
    /// UTF-8, with characters beyond ASCII.
    Utf8,
    /// Bytes that are not UTF-8.
    Other,
}

/// A byte string, cheap to clone. It knows its encoding.
#[derive(Clone)]
pub struct Text(Content);

#[derive(Clone)]
enum Content {
    Ascii(Arc<str>),
    Utf8(Arc<str>),
    Other(Arc<[u8]>),
}

impl Text {
    /// A string of these bytes; looks at all of them.
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::from(text),
            Err(_) => Self(Content::Other(bytes.into())),
        }
    }

    /// A text that is known to be ASCII.
    pub(crate) fn ascii(text: &str) -> Self {
        debug_assert!(text.is_ascii(), "the caller knows");
        Self(Content::Ascii(text.into()))
    }

    /// Takes a text that is known to be ASCII.
    pub(crate) fn from_ascii(text: Arc<str>) -> Self {
        debug_assert!(text.is_ascii(), "the caller knows");
        Self(Content::Ascii(text))
    }

    /// A string of bytes that are known to be ASCII.
    pub(crate) fn ascii_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::ascii(text),
            Err(_) => Self(Content::Other(bytes.into())),
        }
    }

    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Content::Ascii(text) | Content::Utf8(text) => text.as_bytes(),
            Content::Other(bytes) => bytes,
        }
    }

    /// The text, if it is UTF-8.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Content::Ascii(text) | Content::Utf8(text) => Some(text),
            Content::Other(_) => None,
        }
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.bytes().len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// What it holds.
    #[inline]
    pub fn encoding(&self) -> Encoding {
        match &self.0 {
            Content::Ascii(_) => Encoding::Ascii,
            Content::Utf8(_) => Encoding::Utf8,
            Content::Other(_) => Encoding::Other,
        }
    }

    /// Whether both are the same object, and so equal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(self.bytes(), other.bytes())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.bytes() == other.bytes()
    }
}

impl Eq for Text {}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self(if text.is_ascii() { Content::Ascii(text) } else { Content::Utf8(text) })
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(Arc::<str>::from(text))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.bytes()))
    }
}
