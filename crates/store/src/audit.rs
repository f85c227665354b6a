//! The audit log: a chain of entries, each of whose digests covers the one before.

use crate::conn::Conn;
use crate::error::StoreError;
use crate::open::Store;
use crate::row::Row;
use crate::sql;
use crate::sql::Sql;
use sha2::{Digest as _, Sha256};
use wikiward_farm::clock::micros;
use wikiward_farm::{AuditEntry, Limit, Page, Timestamp};

/// One entry as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its number: 1 for the first, without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as [`wikiward_farm::Principal::key`] writes it.
    pub by_key: String,
    /// Who, for people.
    pub by_name: String,
    /// The wiki concerned.
    pub wiki: String,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// What changed, as JSON text.
    pub details: String,
    /// SHA-256 over the digest before and all of the above.
    pub digest: Vec<u8>,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Those of this wiki only.
    pub wiki: Option<String>,
    /// Those about this subject only.
    pub subject: Option<String>,
    /// Those by this principal only.
    pub by_key: Option<String>,
    /// Those by who is called so, or has this key, only.
    pub by: Option<String>,
    /// Those of this kind of act only, such as `token.revoke`.
    pub action: Option<String>,
    /// Those not before this time only.
    pub from: Option<Timestamp>,
    /// Those before this time only.
    pub until: Option<Timestamp>,
    /// Those with a smaller number only.
    pub before: Option<i64>,
    /// How many.
    pub limit: Limit,
}

/// What going through the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Every digest fits, the head's too.
    Whole {
        /// Number of entries.
        entries: i64,
    },
    /// The entry with this number was changed, or the one before it removed.
    Broken {
        /// Its number.
        seq: i64,
    },
    /// The last entries are gone: the head knows more.
    Short {
        /// Number of the last entry there is.
        found: i64,
        /// Number of the last entry there was.
        wanted: i64,
    },
}

const COLUMNS: &str = "SELECT seq, at, by_key, by_name, wiki, action, subject, reason, details, digest FROM audit_log";

/// Appends an entry. The head's row is locked until the transaction ends, so entries stand in the order of commits.
pub(crate) async fn append(conn: &mut Conn, entry: &AuditEntry) -> Result<(), StoreError> {
    let head = conn.one("UPDATE heads SET seq = seq + 1 WHERE name = 'audit' RETURNING seq, digest").await?;
    let before: Vec<u8> = head.get(1)?;
    let mut kept = Kept {
        seq: head.get(0)?,
        at: entry.at,
        by_key: entry.by.key(),
        by_name: entry.by.name().to_owned(),
        wiki: entry.wiki.as_str().to_owned(),
        action: entry.action.to_owned(),
        subject: entry.subject.clone(),
        reason: entry.reason.clone(),
        details: entry.details.to_string(),
        digest: Vec::new(),
    };
    kept.digest = digest(&before, &kept);
    conn.execute(sql!(
        "INSERT INTO audit_log (seq, at, by_key, by_name, wiki, action, subject, reason, details, digest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        kept.seq,
        kept.at,
        kept.by_key,
        kept.by_name,
        kept.wiki,
        kept.action,
        kept.subject,
        kept.reason,
        kept.details,
        kept.digest.clone(),
    ))
    .await?;
    conn.execute(sql!("UPDATE heads SET digest = $1 WHERE name = 'audit'", kept.digest)).await?;
    Ok(())
}

/// Every field goes in with its length before it, so that no two entries give the same bytes.
fn digest(before: &[u8], kept: &Kept) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    };
    add(before);
    add(&kept.seq.to_be_bytes());
    add(&micros(kept.at).to_be_bytes());
    for text in [&kept.by_key, &kept.by_name, &kept.wiki, &kept.action, &kept.subject, &kept.reason, &kept.details] {
        add(text.as_bytes());
    }
    hash.finalize().to_vec()
}

fn kept(row: &Row) -> Result<Kept, StoreError> {
    Ok(Kept {
        seq: row.get(0)?,
        at: row.get(1)?,
        by_key: row.get(2)?,
        by_name: row.get(3)?,
        wiki: row.get(4)?,
        action: row.get(5)?,
        subject: row.get(6)?,
        reason: row.get(7)?,
        details: row.get(8)?,
        digest: row.get(9)?,
    })
}

impl Store {
    /// Entries, newest first.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn audit_entries(&self, question: &Question) -> Result<Page<Kept, i64>, StoreError> {
        let mut sql = Sql::from(COLUMNS);
        sql.push(" WHERE seq < ").bind(question.before.unwrap_or(i64::MAX));
        if let Some(wiki) = &question.wiki {
            sql.push(" AND wiki = ").bind(wiki);
        }
        if let Some(subject) = &question.subject {
            sql.push(" AND subject = ").bind(subject);
        }
        if let Some(by_key) = &question.by_key {
            sql.push(" AND by_key = ").bind(by_key);
        }
        if let Some(by) = &question.by {
            sql.push(" AND (by_key = ").bind(by).push(" OR by_name = ").bind(by).push(")");
        }
        if let Some(action) = &question.action {
            sql.push(" AND action = ").bind(action);
        }
        if let Some(from) = question.from {
            sql.push(" AND at >= ").bind(from);
        }
        if let Some(until) = question.until {
            sql.push(" AND at < ").bind(until);
        }
        let rows_max = i64::try_from(question.limit.items()).unwrap_or(i64::MAX).saturating_add(1);
        sql.push(" ORDER BY seq DESC LIMIT ").bind(rows_max);
        let rows = self.reader().await?.rows(sql).await?;
        let entries = rows.iter().map(kept).collect::<Result<_, _>>()?;
        Ok(Page::cut(entries, question.limit, |entry: &Kept| entry.seq))
    }

    /// Goes through the whole chain, oldest first, and says whether an entry was changed or removed.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn verify_audit(&self) -> Result<Verification, StoreError> {
        let mut conn = self.snapshot().await?;
        let head = conn.one("SELECT seq, digest FROM heads WHERE name = 'audit'").await?;
        let (wanted, newest): (i64, Vec<u8>) = (head.get(0)?, head.get(1)?);
        let (mut last, mut before) = (0_i64, Vec::new());
        loop {
            let mut sql = Sql::from(COLUMNS);
            sql.push(" WHERE seq > ").bind(last).push(" ORDER BY seq LIMIT 1000");
            let rows = conn.rows(sql).await?;
            for row in &rows {
                let entry = kept(row)?;
                if entry.seq != last + 1 || entry.digest != digest(&before, &entry) {
                    return Ok(Verification::Broken { seq: entry.seq });
                }
                (last, before) = (entry.seq, entry.digest);
            }
            if rows.is_empty() {
                break;
            }
        }
        Ok(match (last == wanted, before == newest) {
            (false, _) => Verification::Short { found: last, wanted },
            (true, false) => Verification::Broken { seq: last },
            (true, true) => Verification::Whole { entries: last },
        })
    }
}
