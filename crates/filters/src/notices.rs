//! Notices: what people should hear of at once, and who.
//!
//! A notice is written in the transaction of what it tells of. Its recipients are rules: a person, the maintainers of a
//! filter, whoever holds a right. Who of them reads it is decided when it is read, so that who may not see a filter any more
//! hears nothing of it: that is part of the query, so that pages are full and counts say nothing of others. Whatever carries notices further (mail, chat) takes them from [`Notices::outbox`].

mod reader;
mod records;

use crate::life::visible::Sight;
use crate::life::{Filters, records as filters};
use crate::model::{Filter, FilterKey};
use reader::Reader;
use serde_json::Value;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Entropy, Id, Limit, Page, Principal, Right, Timestamp, Viewer, WikiId};
use wikiward_store::{Conn, StoreError};

/// For how long notices are kept, in seconds: 30 days.
const KEPT_FOR_S: i64 = 30 * 86_400;

/// Unread notices are counted up to here.
pub const UNREAD_MAX: usize = 99;

/// Seconds in which alerts of one filter are one notice: 6 h.
const ALERTS_TOGETHER_S: i64 = 6 * 3_600;

/// Whom a notice is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipient {
    /// One person: [`Principal::key`].
    Person(String),
    /// The maintainer of that name.
    Maintainer(String),
    /// Whoever holds the right where it happened.
    Holder(Right),
}

impl Recipient {
    /// As stored: `person:account:3`, `maintainer:Ada`, `right:abusefilter-brake-release`.
    pub fn name(&self) -> String {
        match self {
            Self::Person(key) => format!("person:{key}"),
            Self::Maintainer(name) => format!("maintainer:{name}"),
            Self::Holder(right) => format!("right:{}", right.name()),
        }
    }

    /// The one that is stored so.
    pub fn find(name: &str) -> Option<Self> {
        let (kind, rest) = name.split_once(':')?;
        match kind {
            "person" => Some(Self::Person(rest.to_owned())),
            "maintainer" => Some(Self::Maintainer(rest.to_owned())),
            "right" => Right::find(rest).map(Self::Holder),
            _ => None,
        }
    }
}

/// A notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Names it; sorts by time.
    pub id: Id,
    /// When it happened.
    pub at: Timestamp,
    /// What, as in the filter's history: `brake.latch`.
    pub event: String,
    /// Where; `*` farm-wide.
    pub wiki: WikiId,
    /// The filter.
    pub key: FilterKey,
    /// Who did it: [`Principal::key`].
    pub by_key: String,
    /// Who, for people.
    pub by_name: String,
    /// Why, as a word.
    pub reason_code: String,
    /// Why, in words.
    pub reason: String,
    /// What belongs to it.
    pub details: Value,
    /// Of several with the same key only the first was kept.
    pub merge_key: String,
}

impl Notice {
    /// What of [`Notice::details`] is for everybody who may see the filter: not how often it hit whom.
    pub fn open_details(&self) -> Value {
        let mut details = self.details.clone();
        crate::life::braking::keep_open(&mut details);
        details
    }
}

/// A notice, and what of its filter it names.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The notice.
    pub notice: Notice,
    /// The filter's name now.
    pub filter_name: String,
    /// Whether the reader has not read it.
    pub is_unread: bool,
}

/// Something that happened to a filter's brake.
#[derive(Debug)]
pub(crate) struct News<'n> {
    pub(crate) filter: &'n Filter,
    pub(crate) wiki: &'n WikiId,
    pub(crate) by: &'n Principal,
    pub(crate) event: &'static str,
    pub(crate) reason_code: &'n str,
    pub(crate) reason: &'n str,
    pub(crate) details: &'n Value,
}

/// Whom to tell of an event; nobody of most.
fn recipients(news: &News<'_>, previous: Option<String>) -> Vec<Recipient> {
    let maintainers = news.filter.draft.maintainers.iter().map(|name| Recipient::Maintainer(name.as_str().to_owned()));
    let editor = || Recipient::Person(news.filter.edited_by.key.clone());
    let mut all: Vec<Recipient> = match news.event {
        "brake.latch" => maintainers.chain([editor(), Recipient::Holder(Right::BrakeRelease)]).collect(),
        "brake.alert" | "brake.recovering" => maintainers.collect(),
        "brake.reactivate" | "hold.start" | "hold.end" | "hold.expire" | "hold.nears" => {
            maintainers.chain([editor()]).chain(previous.map(Recipient::Person)).collect()
        }
        _ => Vec::new(),
    };
    all.sort();
    all.dedup();
    all
}

/// What makes two notices one.
fn merge_key(news: &News<'_>, id: Id, now: Timestamp) -> String {
    let about = format!("{}:{}:{}@{}", news.event, news.filter.key.wiki, news.filter.key.number, news.wiki);
    let latch = news.details.get("latch_id").and_then(Value::as_str).filter(|latch| !latch.is_empty());
    match (news.event, latch) {
        ("brake.latch" | "brake.recovering", Some(latch)) => format!("{about}:{latch}"),
        ("hold.nears", _) => {
            format!("{about}:{}", news.details.get("hold_id").and_then(Value::as_str).unwrap_or_default())
        }
        ("brake.alert", _) => format!("{about}:{}", now.as_second().div_euclid(ALERTS_TOGETHER_S)),
        _ => format!("{about}:{id}"),
    }
}

/// Writes a notice, if anybody is to be told.
pub(crate) async fn tell(
    conn: &mut Conn,
    news: &News<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let by_key = news.by.key();
    let previous = records::previous(conn, &news.filter.key, &by_key).await?;
    let recipients = recipients(news, previous);
    if recipients.is_empty() {
        return Ok(());
    }
    let id = Id::new(now, entropy);
    let notice = Notice {
        id,
        at: now,
        event: news.event.to_owned(),
        wiki: news.wiki.clone(),
        key: news.filter.key.clone(),
        by_key,
        by_name: news.by.name().to_owned(),
        reason_code: news.reason_code.to_owned(),
        reason: news.reason.to_owned(),
        details: news.details.clone(),
        merge_key: merge_key(news, id, now),
    };
    if records::put(conn, &notice).await? {
        for recipient in &recipients {
            records::put_recipient(conn, &recipient.name(), id).await?;
        }
    }
    Ok(())
}

/// Removes what was kept for long enough. Gives the number of notices.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<u64, StoreError> {
    let before = Timestamp::from_second(now.as_second() - KEPT_FOR_S).unwrap_or(Timestamp::MIN);
    records::sweep(conn, before).await
}

/// Whether a notice to one of `recipients` is for `viewer`.
fn is_for(viewer: &Viewer, notice: &Notice, recipients: &[Recipient]) -> bool {
    let key = viewer.principal.key();
    let is_maintainer = |name: &str| {
        viewer.principal.name() == name
            && match &viewer.principal {
                Principal::Account { .. } => true,
                // A name is somebody on the wiki that vouches for it.
                Principal::WikiUser { wiki, .. } => *wiki == notice.key.wiki || notice.key.wiki.is_farm(),
                _ => false,
            }
    };
    key != notice.by_key
        && recipients.iter().any(|recipient| match recipient {
            Recipient::Person(person) => *person == key,
            Recipient::Maintainer(name) => is_maintainer(name),
            Recipient::Holder(right) => viewer.may(*right, &notice.wiki),
        })
}

impl Filters {
    /// What a viewer should hear of, newest first. Of filters that the viewer may not see, nothing.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn notices(
        &self,
        viewer: &Viewer,
        after: Option<Id>,
        limit: Limit,
    ) -> Result<Page<Told, Id>, StoreError> {
        let reader = Reader::new(viewer, &*self.registry().await?);
        let mut conn = self.store.reader().await?;
        let read_to = records::read_to(&mut conn, &reader.key).await?;
        let found = records::to(&mut conn, &reader, i64::MIN, after, limit.items() + 1).await?;
        let told = |(notice, filter_name): (Notice, String)| {
            let is_unread = micros(notice.at) > read_to;
            Told { notice, filter_name, is_unread }
        };
        Ok(Page::cut(found.into_iter().map(told).collect(), limit, |told| told.notice.id))
    }

    /// How many a viewer has not read, up to [`UNREAD_MAX`].
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn notices_unread(&self, viewer: &Viewer) -> Result<usize, StoreError> {
        let reader = Reader::new(viewer, &*self.registry().await?);
        let mut conn = self.store.reader().await?;
        let read_to = records::read_to(&mut conn, &reader.key).await?;
        records::count(&mut conn, &reader, read_to, UNREAD_MAX).await
    }

    /// The viewer has read all notices up to the one named `upto`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn read_notices(&self, viewer: &Viewer, upto: Id) -> Result<(), StoreError> {
        // Whatever the name says, nobody has read what is yet to come.
        let at = from_micros(upto.millis().saturating_mul(1_000).saturating_add(999)).min(self.store.clock().now());
        let mut tx = self.store.begin().await?;
        records::put_read(&mut tx, &viewer.principal.key(), at).await?;
        tx.commit().await
    }

    /// Notices written after `after`, oldest first, with everybody they are for: what carries them further reads here, and
    /// asks [`Filters::may_hear`] before it tells anybody.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn notices_outbox(
        &self,
        after: Option<Id>,
        limit: Limit,
    ) -> Result<Vec<(Notice, Vec<Recipient>)>, StoreError> {
        records::after(&mut self.store.reader().await?, after, limit.items()).await
    }

    /// Whether a notice to these recipients is for `viewer`, who may see its filter.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn may_hear(&self, viewer: &Viewer, notice: &Notice, to: &[Recipient]) -> Result<bool, StoreError> {
        if !is_for(viewer, notice, to) {
            return Ok(false);
        }
        let registry = self.registry().await?;
        let sight = Sight::new(viewer, &notice.key.wiki, &notice.wiki, &registry);
        let mut conn = self.store.reader().await?;
        Ok(filters::one_seen(&mut conn, &notice.key, &sight).await?.is_some())
    }
}

#[cfg(test)]
mod tests;
