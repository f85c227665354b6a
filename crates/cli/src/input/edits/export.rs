//! MediaWiki's XML export, as Special:Export and the public dumps write it.
//!
//! Read as a stream: one revision and the text of the one before are in memory. A revision's old text is that of the
//! revision before it on the same page in the stream:
//! - the first revision of a page creates it, unless it names a parent; then its old text is not in the stream, and unknown;
//! - a later revision that names a parent other than the revision before it has an unknown old text, too;
//! - hidden texts, and texts of which only the length is given (stub dumps), are unknown.
//!
//! Exports older than format 0.6 name no parents; there the first revision of each page counts as its creation.
//! Of revisions with several slots only the main one is read.

use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Edit, EditId, History, Namespace, ReadOptions, Standing, Text, is_address};
use crate::input::error::{Cause, InputError, Place, shown};
use crate::input::source::Source;
use meter::Meter;

mod draft;
mod meter;

use draft::{Draft, Page, Previous};

/// Longest text of a revision: what MediaWiki lets a page hold by default. A revision with a longer one is skipped.
pub const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Longest value of any other element.
const FIELD_BYTES_MAX: usize = 64 * 1024;

/// Longest run of bytes without a tag or an entity; past it the file is not read on.
pub const EVENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Deepest nesting; an export needs 5.
const DEPTH_MAX: usize = 32;

/// The elements that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    MediaWiki,
    SiteInfo,
    DbName,
    Page,
    Title,
    Ns,
    Id,
    Revision,
    ParentId,
    Timestamp,
    Contributor,
    UserName,
    Ip,
    Minor,
    Comment,
    Text,
    Other,
}

impl Tag {
    const NAMES: [(&'static str, Self); 16] = [
        ("mediawiki", Self::MediaWiki),
        ("siteinfo", Self::SiteInfo),
        ("dbname", Self::DbName),
        ("page", Self::Page),
        ("title", Self::Title),
        ("ns", Self::Ns),
        ("id", Self::Id),
        ("revision", Self::Revision),
        ("parentid", Self::ParentId),
        ("timestamp", Self::Timestamp),
        ("contributor", Self::Contributor),
        ("username", Self::UserName),
        ("ip", Self::Ip),
        ("minor", Self::Minor),
        ("comment", Self::Comment),
        ("text", Self::Text),
    ];

    fn of(name: &str) -> Self {
        Self::NAMES.iter().find(|(known, _)| *known == name).map_or(Self::Other, |(_, tag)| *tag)
    }

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, tag)| *tag == self).map_or("…", |(name, _)| name)
    }
}

/// Reads edits from an export.
pub(super) struct Export {
    reader: Reader<Meter>,
    file: Arc<str>,
    buffer: Vec<u8>,
    path: Vec<Tag>,
    has_root: bool,
    /// Text of the innermost element, if it is one that is read.
    value: String,
    is_value_long: bool,
    wiki: Arc<str>,
    page: Page,
    draft: Draft,
}

impl Export {
    /// `line` is the number of the line that `source` stands in.
    pub(super) fn new(source: Source, line: u64, options: &ReadOptions) -> Self {
        let file = Arc::clone(source.name());
        let mut reader = Reader::from_reader(Meter::new(source, line));
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            draft: Draft::new(Place::file(&file)),
            file,
            buffer: Vec::new(),
            path: Vec::new(),
            has_root: false,
            value: String::new(),
            is_value_long: false,
            wiki: options.wiki.clone().unwrap_or_default(),
            page: Page::default(),
        }
    }

    /// The next edit or error; `None` at the end.
    pub(super) fn next_edit(&mut self) -> Option<Result<Edit, InputError>> {
        // The buffer is lent to the event, and the rest of `self` is needed beside it.
        let mut buffer = std::mem::take(&mut self.buffer);
        let item = loop {
            buffer.clear();
            self.reader.get_mut().begin_event(EVENT_BYTES_MAX);
            let step = match self.reader.read_event_into(&mut buffer) {
                Ok(Event::Start(start)) => self.open(&start),
                Ok(Event::End(_)) => match self.close() {
                    Some(item) => break Some(item),
                    None => Ok(()),
                },
                Ok(Event::Text(text)) => {
                    self.take_text(&text.xml10_content());
                    Ok(())
                }
                Ok(Event::CData(text)) => {
                    self.take_text(&text.xml10_content());
                    Ok(())
                }
                Ok(Event::GeneralRef(entity)) => self.take_entity(&entity),
                Ok(Event::Eof) => match self.path.last() {
                    None if self.has_root => break None,
                    None => Err(Cause::Xml { message: "there is no root element".to_owned() }),
                    Some(tag) => Err(Cause::XmlEnds { element: tag.name() }),
                },
                Ok(_) => Ok(()),
                Err(error) => break Some(Err(self.broken(error))),
            };
            if let Err(cause) = step {
                break Some(Err(InputError::new(self.here(), cause)));
            }
        };
        self.buffer = buffer;
        item
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Cause> {
        let name = start.local_name();
        let tag = Tag::of(name.as_ref());
        if self.path.is_empty() && tag != Tag::MediaWiki {
            let root: String = name.as_ref().chars().take(40).collect();
            return Err(Cause::NotAnExport { root });
        }
        if self.path.len() >= DEPTH_MAX {
            return Err(Cause::Xml { message: format!("elements are nested deeper than {DEPTH_MAX}") });
        }
        match (self.path.last(), tag) {
            (Some(Tag::MediaWiki), Tag::Page) => self.page = Page::default(),
            (Some(Tag::Page), Tag::Revision) => self.draft = Draft::new(self.here()),
            (Some(Tag::Revision), Tag::Text) => {
                self.draft.is_text_hidden = is_deleted(start);
                self.draft.text_bytes = attribute(start, "bytes").and_then(|bytes| bytes.parse().ok());
            }
            (Some(Tag::Revision), Tag::Comment) => self.draft.is_comment_hidden = is_deleted(start),
            (Some(Tag::Revision), Tag::Minor) => self.draft.minor = true,
            _ => {}
        }
        self.has_root = true;
        self.path.push(tag);
        self.value.clear();
        self.is_value_long = false;
        Ok(())
    }

    /// Whether the innermost element has a value that is read.
    fn is_wanted(&self) -> bool {
        !matches!(
            self.path.last(),
            None | Some(
                Tag::MediaWiki | Tag::SiteInfo | Tag::Page | Tag::Revision | Tag::Contributor | Tag::Minor | Tag::Other
            )
        )
    }

    fn take_text(&mut self, text: &str) {
        if !self.is_wanted() || self.is_value_long {
            return;
        }
        let bytes_max = if self.path.last() == Some(&Tag::Text) { TEXT_BYTES_MAX } else { FIELD_BYTES_MAX };
        if self.value.len() + text.len() > bytes_max {
            self.is_value_long = true;
            self.value.clear();
        } else {
            self.value.push_str(text);
        }
    }

    fn take_entity(&mut self, entity: &quick_xml::events::BytesRef<'_>) -> Result<(), Cause> {
        let unknown = || Cause::Xml { message: format!("unknown entity {}", shown(entity)) };
        let character = match &**entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => entity.resolve_char_ref().ok().flatten().ok_or_else(unknown)?,
        };
        self.take_text(character.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    /// Ends the innermost element; a revision's end makes an edit.
    fn close(&mut self) -> Option<Result<Edit, InputError>> {
        let tag = self.path.pop()?;
        let parent = *self.path.last()?;
        let value = &self.value;
        if self.is_value_long {
            let max_kib = if tag == Tag::Text { TEXT_BYTES_MAX } else { FIELD_BYTES_MAX } >> 10;
            self.draft.fault.get_or_insert(Cause::TextTooLong { element: tag.name(), max_kib });
        }
        match (parent, tag) {
            (Tag::SiteInfo, Tag::DbName) if !value.is_empty() => {
                self.wiki = Arc::from(value.as_str());
            }
            (Tag::Page, Tag::Title) => self.page.title.clone_from(value),
            (Tag::Page, Tag::Ns) => {
                self.page.namespace = value.trim().parse().map_or(Namespace::Unknown, Namespace::Number);
            }
            (Tag::Page, Tag::Id) => self.page.id = value.trim().parse().ok(),
            (Tag::Revision, Tag::Id) => self.draft.id = self.draft.number("id", value),
            (Tag::Revision, Tag::ParentId) => {
                self.draft.parent = self.draft.number("parentid", value);
            }
            (Tag::Revision, Tag::Timestamp) => self.draft.time(value),
            (Tag::Revision, Tag::Comment) => self.draft.comment = Some(value.clone()),
            (Tag::Revision, Tag::Text) => self.draft.text(value),
            (Tag::Contributor, Tag::UserName) => self.draft.user = Some((value.clone(), false)),
            (Tag::Contributor, Tag::Ip) => self.draft.user = Some((value.clone(), true)),
            (Tag::Page, Tag::Revision) => return Some(self.finish()),
            _ => {}
        }
        None
    }

    /// Makes the edit of the revision that just ended, and its text the old one of the next.
    fn finish(&mut self) -> Result<Edit, InputError> {
        let mut draft = std::mem::replace(&mut self.draft, Draft::new(Place::file(&self.file)));
        let new = draft.visible_text();
        let previous = self.page.previous.replace(Previous { rev: draft.id, text: new.clone() });
        let parent = draft.parent.filter(|parent| *parent > 0);
        let is_creation = previous.is_none() && parent.is_none();
        let old =
            previous.filter(|previous| parent.is_none() || parent == previous.rev).and_then(|previous| previous.text);
        let place = draft.place.clone();
        let title = self.page.title.replace('_', " ");
        let at = match (draft.fault.take(), draft.at) {
            (Some(cause), _) => return Err(InputError::new(place, cause)),
            (None, None) => {
                return Err(InputError::new(place, Cause::FieldMissing { field: "timestamp" }));
            }
            (None, Some(at)) => at,
        };
        if title.is_empty() {
            return Err(InputError::new(place, Cause::FieldMissing { field: "title" }));
        }
        let edit = Edit {
            wiki: Arc::clone(&self.wiki),
            at,
            id: draft.id.map_or(EditId::Line(place.line), EditId::Revision),
            is_creation,
            page_id: self.page.id,
            namespace: self.page.namespace.clone(),
            title,
            anon: draft.user.as_ref().map(|(user, is_ip)| *is_ip || is_address(user)),
            user: draft.user.map(|(user, _)| user),
            bot: None,
            minor: Some(draft.minor),
            comment: if draft.is_comment_hidden { None } else { Some(draft.comment.unwrap_or_default()) },
            old,
            new,
            old_size: None,
            new_size: draft.text_bytes,
            delta: None,
            outcome: None,
            standing: Standing::default(),
            history: History::default(),
            source: place,
        };
        Ok(edit.complete())
    }

    fn here(&self) -> Place {
        Place::line(&self.file, self.reader.get_ref().line()).with_byte(self.reader.get_ref().byte())
    }

    fn broken(&self, error: quick_xml::Error) -> InputError {
        let place = self.here();
        match error {
            quick_xml::Error::Io(error) => {
                // The parser shares the error; what it says is kept.
                let error = std::io::Error::new(error.kind(), error.to_string());
                self.reader.get_ref().source().failure(place, error)
            }
            // The parser's words for an early end differ by where it happens.
            quick_xml::Error::Syntax(_) if self.reader.get_ref().is_at_end() => {
                let element = self.path.last().map_or("…", |tag| tag.name());
                InputError::new(place, Cause::XmlEnds { element })
            }
            error => InputError::new(place, Cause::Xml { message: error.to_string() }),
        }
    }
}

fn attribute<'a>(start: &'a BytesStart<'_>, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    start.try_get_attribute(name).ok().flatten().map(|attribute| attribute.value)
}

fn is_deleted(start: &BytesStart<'_>) -> bool {
    attribute(start, "deleted").is_some()
}

#[cfg(test)]
mod tests;
