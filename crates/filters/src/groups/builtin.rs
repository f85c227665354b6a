//! Groups and consequences that come with the service.

use super::custom::{CustomConsequence, CustomDocument};
use super::document::{self, GroupDocument};
use super::{DegradedPolicy, FailMode, Group, Limits, VariableSet};
use crate::model::Consequence;
use std::collections::BTreeMap;

/// The owner of what comes with the service.
pub const OWNER: &str = "wikiward";

/// The name of the group that every wiki has.
pub const DEFAULT: &str = "default";

const NEWSLETTER: &str = include_str!("newsletter.json");
const NEWSLETTER_FILTERS: &str = include_str!("newsletter-filters.jsonl");
const REVIEW: &str = include_str!("review.json");

/// The group of the software's own actions: edits, moves, deletions, uploads and account creations.
pub fn default_group() -> Group {
    let kinds = ["edit", "move", "delete", "upload", "stashupload", "createaccount", "autocreateaccount"];
    Group {
        name: DEFAULT.to_owned(),
        owner: OWNER.to_owned(),
        version: 1,
        label: BTreeMap::from([("en".to_owned(), "Default".to_owned())]),
        kinds: kinds.map(str::to_owned).to_vec(),
        include_sets: VariableSet::ALL.to_vec(),
        variables: Vec::new(),
        allowed_consequences: Consequence::ALL.iter().map(|it| it.name().to_owned()).collect(),
        default_messages: BTreeMap::from([
            ("warn".to_owned(), "abusefilter-warning".to_owned()),
            ("disallow".to_owned(), "abusefilter-disallowed".to_owned()),
        ]),
        limits: Limits::default(),
        brake: serde_json::Value::Null,
        fail_mode: FailMode::Open,
        degraded_policy: DegradedPolicy::SilentOnly,
        require_backtest: false,
        require_reason: false,
        shadow_may_need: false,
    }
}

/// The group of newsletters: each of their writes is judged before anything is stored.
///
/// # Panics
/// Never: the document is part of this program, and a test reads it.
pub fn newsletter() -> Group {
    let document: GroupDocument = parse_own(NEWSLETTER);
    let custom = consequences();
    let custom: Vec<&str> = custom.iter().map(|it| it.name.as_str()).collect();
    document::parse("newsletter", &document, &custom).unwrap_or_else(|_| unreachable!("the document is tested"))
}

/// All groups that come with the service.
pub fn all() -> Vec<Group> {
    vec![default_group(), newsletter()]
}

/// Consequences that come with the service beside the known ones: `review`, for newsletters.
///
/// # Panics
/// Never: the document is part of this program, and a test reads it.
pub fn consequences() -> Vec<CustomConsequence> {
    let document: CustomDocument = parse_own(REVIEW);
    vec![CustomConsequence::parse("review", &document).unwrap_or_else(|_| unreachable!("the document is tested"))]
}

/// Filters for newsletters, ready to be imported: one exported filter a line. All are disabled.
pub const fn newsletter_filters() -> &'static str {
    NEWSLETTER_FILTERS
}

fn parse_own<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|_| unreachable!("the document is tested"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Class;

    #[test]
    fn the_default_group_offers_what_the_software_has() {
        let group = default_group();
        assert_eq!(group.offered().len(), wikiward_rules::vocabulary::variables::VARIABLES.len());
        assert!(group.has_kind("stashupload") && group.allows("rangeblock") && group.offers("action"));
    }

    #[test]
    fn newsletters_have_nine_kinds_and_may_be_held_for_review() {
        let group = newsletter();
        assert_eq!(group.kinds.len(), 9);
        assert!(group.allows("review") && !group.allows("rangeblock"));
        assert!(group.offers("newsletter_added_publishers") && group.offers("user_name") && !group.offers("file_sha1"));
        assert_eq!(consequences()[0].class, Class::Obstructive);
    }
}
