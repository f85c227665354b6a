//! One JSON record of an edit: the fields that are understood, in all their spellings.
//!
//! Unknown fields are ignored: records come from many programs, and most of them have more to say than a rule can ask.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::Deserialize;

use super::chain::{Chains, LineEdit};
use super::{Edit, EditId, History, Namespace, Outcome, Standing, Text, is_address};
use crate::input::error::{Cause, InputError, Place};
use fields::{NamespaceField, Time};

pub(crate) use fields::canonical_number;

mod fields;

/// What a line holds.
pub(super) enum Parsed<'a> {
    /// An edit.
    Edit(Box<Record<'a>>),
    /// Something that is no edit: a log entry, a category change, a canary event.
    Other,
}

/// A string of the record, borrowed from the line unless it has escapes.
#[derive(Deserialize)]
pub(super) struct Str<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// One line edit operation: first line, lines removed, lines put there.
pub(super) type Op<'a> = (usize, usize, Vec<Str<'a>>);

/// The fields of a record. Which program writes which is said where names differ.
#[derive(Deserialize)]
pub(super) struct Record<'a> {
    /// The wiki; `database` in events of revisions.
    #[serde(borrow, alias = "database")]
    pub(super) wiki: Option<Str<'a>>,
    /// `edit`, `new`, or a kind of event that is no edit.
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    ts: Option<Time>,
    /// Recent changes: seconds since 1970.
    timestamp: Option<Time>,
    /// Events of revisions.
    rev_timestamp: Option<Time>,
    #[serde(borrow, alias = "namespace", alias = "page_namespace")]
    ns: Option<NamespaceField<'a>>,
    #[serde(borrow, alias = "page_title")]
    title: Option<Str<'a>>,
    page_id: Option<u64>,
    #[serde(alias = "rev_id")]
    rev: Option<u64>,
    #[serde(alias = "rev_parent_id")]
    parent: Option<u64>,
    #[serde(borrow)]
    user: Option<Str<'a>>,
    anon: Option<bool>,
    bot: Option<bool>,
    bot_name: Option<bool>,
    #[serde(alias = "rev_minor_edit")]
    minor: Option<bool>,
    #[serde(borrow)]
    comment: Option<Str<'a>>,
    old_size: Option<u64>,
    #[serde(alias = "rev_len")]
    new_size: Option<u64>,
    delta: Option<i64>,
    #[serde(borrow)]
    old_wikitext: Option<Str<'a>>,
    #[serde(borrow)]
    new_wikitext: Option<Str<'a>>,
    is_revert: Option<bool>,
    reverted: Option<bool>,
    /// Line edits, see the module of chains.
    block: Option<u64>,
    #[serde(borrow)]
    base: Option<Str<'a>>,
    #[serde(borrow)]
    ops: Option<Vec<Op<'a>>>,
    restore: Option<u64>,
    #[serde(borrow)]
    new_sha: Option<Str<'a>>,
    /// Recent changes.
    length: Option<OldNew>,
    /// Recent changes.
    revision: Option<OldNew>,
    #[serde(borrow)]
    meta: Option<Meta<'a>>,
    /// Events of revisions.
    #[serde(borrow)]
    performer: Option<Performer<'a>>,
    user_groups: Option<Vec<String>>,
    user_editcount: Option<i64>,
    /// Seconds since registration.
    user_age: Option<i64>,
    page_age: Option<i64>,
    page_first_contributor: Option<String>,
    page_recent_contributors: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct OldNew {
    old: Option<u64>,
    new: Option<u64>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow)]
    domain: Option<Str<'a>>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the wire")]
struct Performer<'a> {
    #[serde(borrow)]
    user_text: Option<Str<'a>>,
    user_groups: Option<Vec<String>>,
    user_is_bot: Option<bool>,
    user_id: Option<u64>,
    user_edit_count: Option<i64>,
    user_registration_dt: Option<Time>,
}

/// Reads one line. `columns_before` is what was cut off before the JSON.
pub(super) fn parse<'a>(json: &'a [u8], place: &Place, columns_before: usize) -> Result<Parsed<'a>, InputError> {
    let record: Box<Record<'a>> =
        serde_json::from_slice(json).map_err(|error| refused(&error, place, columns_before))?;
    let is_canary =
        record.meta.as_ref().and_then(|meta| meta.domain.as_deref()).is_some_and(|domain| domain == "canary");
    let is_edit = record.kind.as_deref().is_none_or(|kind| kind == "edit" || kind == "new");
    Ok(if is_edit && !is_canary { Parsed::Edit(record) } else { Parsed::Other })
}

/// What the JSON parser's error means at a place.
pub(crate) fn refused(error: &serde_json::Error, place: &Place, columns_before: usize) -> InputError {
    if error.is_eof() {
        return InputError::new(place.clone(), Cause::JsonEnds);
    }
    let text = error.to_string();
    // The parser ends its message with its own line, which is always 1 here.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    let column = if error.column() == 0 { 0 } else { error.column() + columns_before };
    InputError::new(place.clone().with_column(column), Cause::Json { message })
}

impl Record<'_> {
    /// Makes the edit; line edits are applied to the text that `chains` holds.
    pub(super) fn into_edit(self, wiki: &Arc<str>, place: &Place, chains: &mut Chains) -> Result<Edit, Cause> {
        let title = self.title.as_deref().ok_or(Cause::FieldMissing { field: "title" })?.replace('_', " ");
        let (old, new) = self.texts(wiki, &title, chains)?;
        let at = [&self.ts, &self.rev_timestamp, &self.timestamp]
            .into_iter()
            .find_map(|time| time.as_ref())
            .ok_or(Cause::FieldMissing { field: "ts" })?
            .read()?;
        let revision = self.revision.as_ref();
        let rev = self.rev.or(revision.and_then(|revision| revision.new));
        let parent = self.parent.or(revision.and_then(|revision| revision.old));
        let is_creation = self.kind.as_deref().map_or(parent == Some(0), |kind| kind == "new");
        let length = self.length.as_ref();
        let performer = self.performer.as_ref();
        let user = self.user.as_deref().or(performer.and_then(|performer| performer.user_text.as_deref()));
        let account = performer.map(|performer| performer.user_id.is_some_and(|id| id > 0));
        let outcome = (self.is_revert.is_some() || self.reverted.is_some())
            .then(|| Outcome { is_revert: self.is_revert.unwrap_or(false), reverted: self.reverted.unwrap_or(false) });
        let registered_at = performer.and_then(|performer| performer.user_registration_dt.as_ref()).map(Time::read);
        let from_age = || self.user_age.and_then(|age| at.checked_sub(SignedDuration::from_secs(age)).ok());
        let standing = Standing {
            edit_count: self.user_editcount.or(performer.and_then(|performer| performer.user_edit_count)),
            registered_at: registered_at.transpose()?.or_else(from_age),
            groups: self.user_groups.clone().or_else(|| performer.and_then(|performer| performer.user_groups.clone())),
        };
        let edit = Edit {
            wiki: Arc::clone(wiki),
            at,
            id: rev.map_or(EditId::Line(place.line), EditId::Revision),
            is_creation,
            page_id: self.page_id,
            namespace: self.ns.as_ref().map_or(Namespace::Unknown, NamespaceField::read),
            anon: self.anon.or(account.map(|account| !account)).or(user.map(is_address)),
            user: user.map(str::to_owned),
            bot: self.bot.or(self.bot_name).or(performer.and_then(|performer| performer.user_is_bot)),
            minor: self.minor,
            comment: self.comment.as_deref().map(str::to_owned),
            old,
            new,
            old_size: self.old_size.or(length.and_then(|length| length.old)),
            new_size: self.new_size.or(length.and_then(|length| length.new)),
            delta: self.delta,
            title,
            outcome,
            standing,
            history: History {
                age: self.page_age,
                first_contributor: self.page_first_contributor,
                recent_contributors: self.page_recent_contributors,
            },
            source: place.clone(),
        };
        Ok(edit.complete())
    }

    /// The texts before and after, however the record gives them.
    fn texts(&self, wiki: &str, title: &str, chains: &mut Chains) -> Result<(Option<Text>, Option<Text>), Cause> {
        if self.ops.is_none() && self.restore.is_none() {
            let text = |field: &Option<Str<'_>>| field.as_deref().map(Text::from);
            return Ok((text(&self.old_wikitext), text(&self.new_wikitext)));
        }
        let (old, new) = chains.apply(&LineEdit {
            wiki,
            title,
            block: self.block,
            rev: self.rev,
            parent: self.parent,
            base: self.base.as_deref(),
            ops: self.ops.as_deref(),
            restore: self.restore,
            old_size: self.old_size,
            new_size: self.new_size,
            new_sha: self.new_sha.as_deref(),
        })?;
        Ok((Some(old), Some(new)))
    }
}

#[cfg(test)]
mod tests;
