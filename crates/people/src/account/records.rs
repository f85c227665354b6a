//! Rows of accounts and of their rights.

use super::{Account, AccountDraft, Identity, key_of};
use std::collections::BTreeMap;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Limit, Right, Timestamp, WikiId};
use wikiward_store::{Bind, Conn, Row, Sql, StoreError, sql};

const COLUMNS: &str = "SELECT account_id, name, version, password_hash IS NOT NULL, oidc_issuer, oidc_subject, is_disabled, \
                       created_at, updated_at, last_sign_in_at FROM accounts";
const RIGHTS: &str = "SELECT account_id, wiki, right_name FROM account_rights WHERE account_id IN (";
const BY_NAME: &str = "SELECT account_id, password_hash, is_disabled FROM accounts WHERE name_key = $1";
const BY_IDENTITY: &str = "SELECT account_id FROM accounts WHERE oidc_issuer = $1 AND oidc_subject = $2";
const PASSWORD: &str = "SELECT password_hash FROM accounts WHERE account_id = $1";
const COUNT: &str = "SELECT COUNT(*) FROM accounts";
const INSERT: &str = "INSERT INTO accounts (name, name_key, version, oidc_issuer, oidc_subject, is_disabled, created_at, \
                      updated_at) VALUES ($1, $2, 1, $3, $4, $5, $6, $6) RETURNING account_id";
const UPDATE: &str = "UPDATE accounts SET version = version + 1, name = $1, name_key = $2, oidc_issuer = $3, \
                      oidc_subject = $4, is_disabled = $5, updated_at = $6 WHERE account_id = $7 AND version = $8";
const SET_PASSWORD: &str = "UPDATE accounts SET version = version + 1, password_hash = $1, updated_at = $2 \
                            WHERE account_id = $3 AND NOT is_disabled";
const SIGNED_IN: &str = "UPDATE accounts SET last_sign_in_at = $1 WHERE account_id = $2";
const DELETE_RIGHTS: &str = "DELETE FROM account_rights WHERE account_id = $1";
const INSERT_RIGHT: &str = "INSERT INTO account_rights (account_id, wiki, right_name, granted_at, granted_by) \
                            VALUES ($1, $2, $3, $4, $5)";
const ADMINISTRATORS: &str = "SELECT COUNT(*) FROM accounts a JOIN account_rights r ON r.account_id = a.account_id \
                              WHERE r.wiki = '*' AND r.right_name = $1 AND NOT a.is_disabled AND a.account_id <> $2";

fn account(row: &Row) -> Result<Account, StoreError> {
    let identity = match (row.get(4)?, row.get(5)?) {
        (Some(issuer), Some(subject)) => Some(Identity { issuer, subject }),
        _ => None,
    };
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        has_password: row.get(3)?,
        identity,
        is_disabled: row.get(6)?,
        rights: BTreeMap::new(),
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
        last_sign_in_at: row.get(9)?,
    })
}

async fn with_rights(conn: &mut Conn, mut accounts: Vec<Account>) -> Result<Vec<Account>, StoreError> {
    let mut sql = Sql::from(RIGHTS);
    sql.bind_list(accounts.iter().map(|account| Bind::from(account.id))).push(")");
    for row in conn.rows(sql).await? {
        let (id, wiki, name): (i64, WikiId, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        // A right that is not known any more gives nothing.
        let right: RightSet = Right::find(&name).into_iter().collect();
        if let Some(account) = accounts.iter_mut().find(|account| account.id == id) {
            let rights = account.rights.entry(wiki).or_default();
            *rights = rights.with(right);
        }
    }
    Ok(accounts)
}

pub(crate) async fn one(conn: &mut Conn, id: i64) -> Result<Option<Account>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.push(" WHERE account_id = ").bind(id);
    let found: Vec<Account> = conn.row(sql).await?.iter().map(account).collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Ok(None);
    }
    Ok(with_rights(conn, found).await?.pop())
}

/// Accounts by number, those after `after`.
pub(crate) async fn list(conn: &mut Conn, after: i64, limit: Limit) -> Result<Vec<Account>, StoreError> {
    let rows_max = i64::try_from(limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    let mut sql = Sql::from(COLUMNS);
    sql.push(" WHERE account_id > ").bind(after).push(" ORDER BY account_id LIMIT ").bind(rows_max);
    let accounts = conn.rows(sql).await?.iter().map(account).collect::<Result<_, _>>()?;
    with_rights(conn, accounts).await
}

/// What signing in needs: number, hash, whether it is disabled.
pub(crate) async fn by_name(
    conn: &mut Conn,
    name_key: &str,
) -> Result<Option<(i64, Option<String>, bool)>, StoreError> {
    let row = conn.row(sql!(BY_NAME, name_key)).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).transpose()
}

pub(crate) async fn by_identity(conn: &mut Conn, identity: &Identity) -> Result<Option<i64>, StoreError> {
    let row = conn.row(sql!(BY_IDENTITY, &identity.issuer, &identity.subject)).await?;
    row.map(|row| row.get(0)).transpose()
}

pub(crate) async fn password(conn: &mut Conn, id: i64) -> Result<Option<String>, StoreError> {
    Ok(match conn.row(sql!(PASSWORD, id)).await? {
        Some(row) => row.get(0)?,
        None => None,
    })
}

pub(crate) async fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.one(COUNT).await?.get(0)
}

pub(crate) async fn insert(conn: &mut Conn, draft: &AccountDraft, by: &str, now: Timestamp) -> Result<i64, StoreError> {
    let (issuer, subject) = identity(draft);
    let statement = sql!(INSERT, &draft.name, key_of(&draft.name), issuer, subject, draft.is_disabled, now);
    let id = conn.one(statement).await?.get(0)?;
    insert_rights(conn, id, draft, by, now).await?;
    Ok(id)
}

/// Writes `draft` over version `base`; whether that was the present one.
pub(crate) async fn update(
    conn: &mut Conn,
    id: i64,
    base: u32,
    draft: &AccountDraft,
    by: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (issuer, subject) = identity(draft);
    let statement = sql!(UPDATE, &draft.name, key_of(&draft.name), issuer, subject, draft.is_disabled, now, id, base);
    if conn.execute(statement).await? == 0 {
        return Ok(false);
    }
    conn.execute(sql!(DELETE_RIGHTS, id)).await?;
    insert_rights(conn, id, draft, by, now).await?;
    Ok(true)
}

fn identity(draft: &AccountDraft) -> (Option<&str>, Option<&str>) {
    draft.identity.as_ref().map(|identity| (identity.issuer.as_str(), identity.subject.as_str())).unzip()
}

async fn insert_rights(
    conn: &mut Conn,
    id: i64,
    draft: &AccountDraft,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (wiki, rights) in &draft.rights {
        for right in rights.iter() {
            conn.execute(sql!(INSERT_RIGHT, id, wiki, right.name(), now, by)).await?;
        }
    }
    Ok(())
}

/// Writes a password's hash, unless the account is gone or disabled; whether it did.
pub(crate) async fn set_password(conn: &mut Conn, id: i64, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(SET_PASSWORD, hash, now, id)).await? == 1)
}

pub(crate) async fn signed_in(conn: &mut Conn, id: i64, now: Timestamp) -> Result<(), StoreError> {
    conn.execute(sql!(SIGNED_IN, now, id)).await?;
    Ok(())
}

/// How many accounts other than `id` may manage accounts.
pub(crate) async fn other_administrators(conn: &mut Conn, id: i64) -> Result<i64, StoreError> {
    conn.one(sql!(ADMINISTRATORS, Right::ManageAccounts.name(), id)).await?.get(0)
}
