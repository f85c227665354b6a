//! Where judged actions are kept, as judging sees it.

use crate::hits::record::Record;
use crate::hits::writer::{HitWriter, Stored};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wikiward_farm::WikiId;

/// A future that owns what it works on.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is kept, whatever happens to this process.
    Yes,
    /// The same action was judged before, with this answer; nothing was kept.
    Before(Arc<[u8]>),
    /// It could be kept nowhere.
    No,
}

/// Keeps what judged actions leave behind, once per action.
pub trait Journal: Send + Sync {
    /// The answer that the action got in the last day, if it left something behind.
    fn first_answer<'a>(&'a self, wiki: &'a WikiId, action_id: &'a str) -> Later<'a, Option<Arc<[u8]>>>;

    /// Keeps a record. The future must be waited for, by whomever; it says what became of the record.
    fn keep(&self, record: Record) -> Later<'static, Kept>;
}

impl Journal for HitWriter {
    fn first_answer<'a>(&'a self, wiki: &'a WikiId, action_id: &'a str) -> Later<'a, Option<Arc<[u8]>>> {
        if self.may_be_known(wiki, action_id) {
            Box::pin(Self::first_answer(self, wiki, action_id))
        } else {
            Box::pin(std::future::ready(None))
        }
    }

    fn keep(&self, record: Record) -> Later<'static, Kept> {
        let ticket = self.submit(record);
        Box::pin(async move {
            match ticket.stored().await {
                Stored::New | Stored::Spooled => Kept::Yes,
                Stored::Before(first) => Kept::Before(first),
                Stored::Lost => Kept::No,
            }
        })
    }
}
