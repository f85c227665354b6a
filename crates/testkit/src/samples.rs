//! The edits of a small farm of three wikis: articles, talk pages, user pages, bots, vandals and those who clean up.
//!
//! Every edit has a [`Label`]. Pages have histories: the new text of one edit is the old text of the page's next.
//! An attack is undone a few edits later, except where nobody noticed. What people write comes from word lists of our own in
//! eleven languages; places, people, products and sources are invented.

mod attacks;
mod calendar;
mod changes;
mod farm;
mod label;
pub(crate) mod languages;
mod passages;
mod people;
pub(crate) mod prose;
mod variables;
mod wiki;
mod work;

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::{Map, Value, json};

pub use label::Label;

/// One edit or page move of the farm, with what a filter may want to know about it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a record of independent facts, as the file format has them")]
pub struct SampleEdit {
    /// `examplewiki`, `beispielwiki` or `mithalwiki`.
    pub wiki: &'static str,
    /// Language code of the wiki's own content; single pages may be written in another one.
    pub language: &'static str,
    /// `edit` or `move`.
    pub action: &'static str,
    /// Namespace number: 0 article, 1 its talk, 2 user, 3 user talk.
    pub ns: u8,
    /// Title with the namespace's name in front, where it has one; for a move the title before.
    pub title: String,
    /// Title after a move.
    pub moved_to: Option<String>,
    /// Number of the page in its wiki; for a page creation the number it gets.
    pub page_id: u64,
    /// Number of the new revision in its wiki.
    pub rev: u64,
    /// Number of the revision before, 0 for a page creation.
    pub parent: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Account or address.
    pub user: String,
    /// 0 if nobody is logged in.
    pub user_id: u64,
    /// Whether nobody is logged in.
    pub anon: bool,
    /// Whether the author calls the edit minor.
    pub minor: bool,
    /// Whether a bot did it.
    pub bot: bool,
    /// Effective groups, implicit ones first.
    pub user_groups: Vec<&'static str>,
    /// Edits before this one; none for people who are not logged in.
    pub user_editcount: Option<u64>,
    /// Seconds since registration.
    pub user_age: u64,
    /// Seconds since the page's first revision, 0 for a page creation.
    pub page_age: u64,
    /// Who created the page; empty for a page creation.
    pub page_first_contributor: String,
    /// The last ten who changed the page, newest first.
    pub page_recent_contributors: Vec<String>,
    /// The edit summary.
    pub comment: String,
    /// Text before; empty for a page creation.
    pub old_wikitext: Arc<str>,
    /// Text after; for a move the same as before.
    pub new_wikitext: Arc<str>,
    /// Whether this edit restores an earlier text or title.
    pub is_revert: bool,
    /// Whether a later edit of the same stream undoes this one, if the stream is not cut off before.
    pub reverted: bool,
    /// What the edit is.
    pub label: Label,
}

impl SampleEdit {
    /// The record as the writer puts it down, with the names of the edit records that measurements read, and more.
    pub fn record(&self) -> Map<String, Value> {
        let record = json!({
            "wiki": self.wiki, "action": self.action, "ns": self.ns, "title": self.title, "moved_to": self.moved_to,
            "page_id": self.page_id, "rev": self.rev, "parent": self.parent, "ts": calendar::stamp(self.timestamp),
            "user": self.user, "user_id": self.user_id, "anon": self.anon, "minor": self.minor, "bot": self.bot,
            "user_groups": self.user_groups, "user_editcount": self.user_editcount, "user_age": self.user_age,
            "page_age": self.page_age, "page_first_contributor": self.page_first_contributor,
            "page_recent_contributors": self.page_recent_contributors, "comment": self.comment,
            "type": if self.action == "move" { "move" } else if self.parent == 0 { "new" } else { "edit" },
            "old_wikitext": &*self.old_wikitext, "new_wikitext": &*self.new_wikitext,
            "old_size": self.old_wikitext.len(), "new_size": self.new_wikitext.len(),
            "is_revert": self.is_revert, "reverted": self.reverted, "label": self.label.name(),
        });
        let mut record = match record {
            Value::Object(record) => record,
            _ => Map::new(),
        };
        if self.moved_to.is_none() {
            record.shift_remove("moved_to");
        }
        record
    }

    /// The variables a filter reads when it judges this edit: those of the language's section on variables that a wiki
    /// can know before it saves, with the difference of the texts and its links.
    pub fn variables(&self) -> Map<String, Value> {
        variables::of(self)
    }
}

/// The stream of edits that belongs to `seed`, `count` of them, over all three wikis in order of time.
///
/// Cost: one copy of the page's text per edit; the farm keeps the current text of all pages, some megabytes.
pub fn generate(seed: u64, count: usize) -> impl Iterator<Item = SampleEdit> {
    let mut farm = farm::Farm::new(seed);
    (0..count).map(move |_| farm.next_edit())
}

/// Writes edits as JSON lines, one record a line.
///
/// # Errors
/// What the writer says.
pub fn write_json_lines(edits: impl Iterator<Item = SampleEdit>, out: &mut impl Write) -> io::Result<()> {
    for edit in edits {
        serde_json::to_writer(&mut *out, &edit.record())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashMap};

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let written = |seed| {
            let mut out = Vec::new();
            write_json_lines(generate(seed, 120), &mut out).unwrap();
            out
        };
        assert_eq!(written(5), written(5));
        assert_ne!(written(5), written(6));
    }

    #[test]
    fn the_new_text_of_an_edit_is_the_old_text_of_the_next() {
        let mut current: HashMap<(&str, u64), (u64, Arc<str>)> = HashMap::new();
        for edit in generate(1, 2_000) {
            if let Some((rev, text)) = current.get(&(edit.wiki, edit.page_id)) {
                assert_eq!((*rev, &**text), (edit.parent, &*edit.old_wikitext), "{}", edit.title);
            } else if edit.parent == 0 {
                assert_eq!(&*edit.old_wikitext, "");
            }
            current.insert((edit.wiki, edit.page_id), (edit.rev, edit.new_wikitext));
        }
    }

    #[test]
    fn every_attack_occurs_and_most_edits_are_good() {
        let mut counts: BTreeMap<Label, usize> = BTreeMap::new();
        for edit in generate(2, 4_000) {
            *counts.entry(edit.label).or_default() += 1;
        }
        assert!(counts[&Label::Good] > 3_200);
        for label in Label::ATTACKS {
            assert!(counts.get(&label).copied().unwrap_or(0) >= 8, "{label:?}: {counts:?}");
        }
    }

    #[test]
    fn a_revert_restores_the_text_before_the_attack() {
        let mut attacked: HashMap<(&str, u64), SampleEdit> = HashMap::new();
        let mut restored = 0;
        for edit in generate(3, 2_000) {
            let page = (edit.wiki, edit.page_id);
            if edit.is_revert {
                let attack = attacked.remove(&page).unwrap();
                assert!(attack.reverted);
                assert_eq!(attack.old_wikitext, edit.new_wikitext);
                restored += 1;
            } else if edit.reverted {
                attacked.entry(page).or_insert(edit);
            }
        }
        assert!(restored > 100, "{restored}");
        assert!(attacked.len() < 20, "{}", attacked.len());
    }

    #[test]
    fn times_rise_and_records_hold_every_field() {
        let mut before = 0;
        let mut wikis = BTreeSet::new();
        let mut sizes = Vec::new();
        for edit in generate(4, 1_500) {
            assert!(edit.timestamp >= before);
            before = edit.timestamp;
            wikis.insert(edit.wiki);
            sizes.push(edit.new_wikitext.len());
            let record = edit.record();
            for name in
                ["wiki", "ns", "title", "ts", "user_groups", "user_age", "comment", "old_size", "label", "reverted"]
            {
                assert!(record.contains_key(name), "{name}");
            }
        }
        assert_eq!(wikis.len(), 3);
        assert!(sizes.iter().max() > Some(&40_000), "{:?}", sizes.iter().max());
    }

    #[test]
    fn an_edit_changes_the_text_and_a_move_does_not() {
        for edit in generate(8, 1_500) {
            let same = edit.old_wikitext == edit.new_wikitext;
            assert_eq!(same, edit.action == "move", "{} {:?}", edit.title, edit.label);
        }
    }
}
