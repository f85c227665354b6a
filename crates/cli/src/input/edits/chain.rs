//! Texts that are recorded as line edits on the text before.
//!
//! A record's old text is the new text of the record before it, of the same wiki and title; a record with `base` begins
//! anew and carries the old text. Positions in `ops` count lines of the old text, which is split at line feeds.
//! `restore` instead names an earlier revision of the same block, or the parent of the block's first one.
//!
//! Of every title the latest text is kept, of a title whose records have a `block` all texts of its current block too.
//! Past [`CHAIN_BYTES_MAX`] the titles that were edited longest ago are given up; a later record of one of them is an
//! error of its own ([`Cause::TextUnknown`]), until a `base` begins it anew.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::record::Op;
use super::{Text, Verify};
use crate::input::error::{Cause, shown};
use rebuild::rebuild;

mod rebuild;

/// Bytes of text that are kept to rebuild later ones. Enough for the latest text of 30,000 pages of 8 KiB.
pub const CHAIN_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Earlier texts of a block that can be restored; older ones are forgotten.
pub const BLOCK_TEXTS_MAX: usize = 1_000;

/// A record's fields that concern its text.
pub(super) struct LineEdit<'a> {
    pub(super) wiki: &'a str,
    pub(super) title: &'a str,
    pub(super) block: Option<u64>,
    pub(super) rev: Option<u64>,
    pub(super) parent: Option<u64>,
    pub(super) base: Option<&'a str>,
    pub(super) ops: Option<&'a [Op<'a>]>,
    pub(super) restore: Option<u64>,
    pub(super) old_size: Option<u64>,
    pub(super) new_size: Option<u64>,
    pub(super) new_sha: Option<&'a str>,
}

/// The texts from which later ones are rebuilt.
pub(super) struct Chains {
    verify: Verify,
    bytes_max: usize,
    bytes: usize,
    by_title: HashMap<Arc<str>, Chain>,
    /// Titles by the number of their latest use, for giving up the oldest.
    by_use: BTreeMap<u64, Arc<str>>,
    uses: u64,
}

/// The texts of one title.
struct Chain {
    latest: Text,
    block: Option<u64>,
    /// Earlier texts of the block by revision, oldest first; `latest` is among them if its revision is known.
    earlier: Vec<(u64, Text)>,
    used: u64,
    bytes: usize,
}

impl Chain {
    fn starting_at(latest: Text, edit: &LineEdit<'_>) -> Self {
        let mut chain = Self { bytes: latest.len(), latest, block: edit.block, earlier: Vec::new(), used: 0 };
        if let (Some(_), Some(parent)) = (edit.block, edit.parent) {
            chain.earlier.push((parent, Arc::clone(&chain.latest)));
        }
        chain
    }

    /// Makes `new` the latest text. Texts that several revisions share are counted once for each: a bound, not a census.
    fn advance(&mut self, new: Text, rev: Option<u64>) {
        if self.block.is_none() {
            self.bytes = new.len();
        } else {
            self.bytes += new.len();
            if let Some(rev) = rev {
                if self.earlier.len() >= BLOCK_TEXTS_MAX {
                    self.bytes -= self.earlier.remove(0).1.len();
                }
                self.earlier.push((rev, Arc::clone(&new)));
            }
        }
        self.latest = new;
    }

    fn text_of(&self, rev: u64) -> Option<&Text> {
        self.earlier.iter().rev().find(|(known, _)| *known == rev).map(|(_, text)| text)
    }
}

impl Chains {
    pub(super) fn new(verify: Verify) -> Self {
        Self::with_bytes_max(verify, CHAIN_BYTES_MAX)
    }

    fn with_bytes_max(verify: Verify, bytes_max: usize) -> Self {
        Self { verify, bytes_max, bytes: 0, by_title: HashMap::new(), by_use: BTreeMap::new(), uses: 0 }
    }

    /// The text before and after an edit. After an error the title is given up until a `base` begins it anew: what would
    /// be built on a wrong text is wrong as well.
    pub(super) fn apply(&mut self, edit: &LineEdit<'_>) -> Result<(Text, Text), Cause> {
        let key = format!("{}\0{}", edit.wiki, edit.title);
        let known = self.by_title.remove_entry(key.as_str());
        if let Some((_, chain)) = &known {
            self.bytes -= chain.bytes;
            self.by_use.remove(&chain.used);
        }
        let (key, chain) = match known {
            Some((key, chain)) => (key, Some(chain)),
            None => (Arc::from(key), None),
        };
        let mut chain = match (edit.base, chain) {
            (Some(base), _) => Chain::starting_at(Text::from(base), edit),
            (None, Some(chain)) if chain.block == edit.block => chain,
            (None, Some(_)) => {
                return Err(Cause::TextUnknown { why: "its block begins without `base`" });
            }
            (None, None) => {
                return Err(Cause::TextUnknown { why: "no `base`, and no record before it could be read or kept" });
            }
        };
        let old = Arc::clone(&chain.latest);
        check_size("old", edit.old_size, &old)?;
        let new = match (edit.restore, edit.ops) {
            (Some(rev), _) => {
                let text = chain
                    .text_of(rev)
                    .ok_or(Cause::TextUnknown { why: "`restore` names a revision that is not in its block" })?;
                Arc::clone(text)
            }
            (None, Some(ops)) => Text::from(rebuild(&old, ops)?),
            (None, None) => Arc::clone(&old),
        };
        check_size("new", edit.new_size, &new)?;
        // A restored text was checked when it was built.
        if let (Verify::Hashes, None, Some(expected)) = (self.verify, edit.restore, edit.new_sha) {
            check_hash(expected, &new)?;
        }
        chain.advance(Arc::clone(&new), edit.rev);
        self.keep(key, chain);
        Ok((old, new))
    }

    fn keep(&mut self, key: Arc<str>, mut chain: Chain) {
        self.uses += 1;
        chain.used = self.uses;
        self.bytes += chain.bytes;
        self.by_use.insert(chain.used, Arc::clone(&key));
        self.by_title.insert(key, chain);
        while self.bytes > self.bytes_max {
            let Some((_, oldest)) = self.by_use.pop_first() else {
                break;
            };
            if let Some(chain) = self.by_title.remove(&oldest) {
                self.bytes -= chain.bytes;
            }
        }
    }
}

fn check_size(which: &'static str, expected: Option<u64>, text: &str) -> Result<(), Cause> {
    let found = text.len() as u64;
    match expected {
        Some(expected) if expected != found => Err(Cause::Size { which, expected, found }),
        _ => Ok(()),
    }
}

/// `expected` is the start of the hash in hex, of any length.
fn check_hash(expected: &str, text: &str) -> Result<(), Cause> {
    let mut found = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(found, "{byte:02x}");
    }
    if found.get(..expected.len()).is_some_and(|start| start.eq_ignore_ascii_case(expected)) {
        return Ok(());
    }
    found.truncate(16);
    Err(Cause::Hash { expected: shown(expected), found })
}

#[cfg(test)]
mod tests;
