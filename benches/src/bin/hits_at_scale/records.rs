//! Filters and versions for the measurement.

use wikiward_store::{Bind, Sql, Store, StoreError};

const FILTER: &str = "INSERT INTO filters (wiki, filter_id, version, state, filter_group, name, name_key, rules, notes, \
    actions, priority, tier, privacy, brake_profile, hits, maintainers, uses_vars, uses_protected, created_at, \
    created_by_name, edited_at, edited_by_key, edited_by_name, aged_from) VALUES ($1, $2, 1, 'enabled', 'default', $3, $4, $5, \
    '', '{\"disallow\":[]}', 0, 'normal', $6, 'standard', 0, '[]', '[]', $7, 0, 'A', 0, 'account:1', 'A', 0)";
const VERSIONS: &str = "INSERT INTO filter_versions (wiki, filter_id, version, state, filter_group, name, rules, notes, actions, \
    priority, tier, privacy, scope, brake_profile, maintainers, uses_vars, uses_protected, edited_at, edited_by_key, \
    edited_by_name, edited_by_number, change_reason, changed_fields, origin, is_public) \
    SELECT wiki, filter_id, $3, state, filter_group, name, rules, notes, actions, priority, tier, privacy, scope, \
    brake_profile, maintainers, uses_vars, uses_protected, $3, edited_by_key, edited_by_name, NULL, '', '[\"rules\"]', 'edit', \
    privacy = 0 FROM filters WHERE wiki = $1 AND filter_id = $2";

/// Writes a filter with `versions` versions.
pub(crate) async fn filter(
    store: &Store,
    wiki: &str,
    number: i64,
    privacy: i64,
    versions: i64,
) -> Result<(), StoreError> {
    let name = format!("Filter {number} of {wiki}");
    let rule =
        format!("page_namespace == 0 & added_lines irlike \"word{number}|other{number}\" & user_editcount < {number}");
    let uses = if privacy & 2 == 0 { "[]" } else { "[\"user_unnamed_ip\"]" };
    let binds: Vec<Bind> = vec![
        wiki.into(),
        number.into(),
        (&name).into(),
        name.to_lowercase().into_bytes().into(),
        rule.into(),
        privacy.into(),
        uses.into(),
    ];
    let mut tx = store.begin().await?;
    tx.execute(Sql::new(FILTER, binds)).await?;
    for version in 1..=versions {
        tx.execute(Sql::new(VERSIONS, vec![wiki.into(), number.into(), version.into()])).await?;
    }
    tx.commit().await
}
