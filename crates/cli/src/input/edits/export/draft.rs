//! A page and a revision of an export while they are read.

use jiff::Timestamp;

use super::{Namespace, Text};
use crate::input::error::{Cause, Place, shown};

/// The page that is being read.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) namespace: Namespace,
    pub(super) id: Option<u64>,
    pub(super) previous: Option<Previous>,
}

impl Default for Page {
    fn default() -> Self {
        Self { title: String::new(), namespace: Namespace::Unknown, id: None, previous: None }
    }
}

/// The revision before the one that is being read.
pub(super) struct Previous {
    pub(super) rev: Option<u64>,
    pub(super) text: Option<Text>,
}

/// The revision that is being read.
pub(super) struct Draft {
    pub(super) place: Place,
    pub(super) id: Option<u64>,
    pub(super) parent: Option<u64>,
    pub(super) at: Option<Timestamp>,
    /// Name, and whether it was given as an address.
    pub(super) user: Option<(String, bool)>,
    pub(super) minor: bool,
    pub(super) comment: Option<String>,
    pub(super) is_comment_hidden: bool,
    pub(super) text: Option<Text>,
    pub(super) is_text_hidden: bool,
    /// Length as the export says it.
    pub(super) text_bytes: Option<u64>,
    /// The first thing that was wrong.
    pub(super) fault: Option<Cause>,
}

impl Draft {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            id: None,
            parent: None,
            at: None,
            user: None,
            minor: false,
            comment: None,
            is_comment_hidden: false,
            text: None,
            is_text_hidden: false,
            text_bytes: None,
            fault: None,
        }
    }

    pub(super) fn number(&mut self, field: &str, value: &str) -> Option<u64> {
        let number = value.trim().parse().ok();
        if number.is_none() {
            self.refuse(field, value, "a whole number");
        }
        number
    }

    pub(super) fn time(&mut self, value: &str) {
        self.at = value.trim().parse().ok();
        if self.at.is_none() {
            self.refuse("timestamp", value, "a time as in 2024-01-31T12:00:00Z");
        }
    }

    pub(super) fn text(&mut self, value: &str) {
        self.text = Some(Text::from(value));
    }

    /// The text, unless it is hidden, too long, or only its length was given.
    pub(super) fn visible_text(&mut self) -> Option<Text> {
        let is_stub = |text: &Text| text.is_empty() && self.text_bytes.is_some_and(|bytes| bytes > 0);
        let is_whole = !self.is_text_hidden && !matches!(self.fault, Some(Cause::TextTooLong { element: "text", .. }));
        self.text.take().filter(|text| is_whole && !is_stub(text))
    }

    fn refuse(&mut self, field: &str, value: &str, expected: &'static str) {
        self.fault.get_or_insert(Cause::FieldValue { field: field.to_owned(), value: shown(value), expected });
    }
}
