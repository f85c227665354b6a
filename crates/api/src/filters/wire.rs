//! Filters as JSON.

mod write;

pub use write::FilterWrite;

use super::may_count;
use crate::brakes::{BrakeState, shows_detail};
use crate::text::time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use wikiward_farm::wiki::WikiOrSet;
use wikiward_farm::{Right, Timestamp, Viewer, WikiId};
use wikiward_filters::diff::{ThreeWay, merge};
use wikiward_filters::life::{Braked, Validated};
use wikiward_filters::model::test_case::BadTest;
use wikiward_filters::model::{Draft, Editor, Filter, FilterKey, FilterVersion, TestCase, TestSource};
use wikiward_filters::save::Finding;
use wikiward_filters::save::tests_kept::{Actual, TestOutcome};

/// Marks that restrict who may see a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PrivacyDocument {
    hidden: bool,
    protected: bool,
    suppressed: bool,
}

/// The wikis that a farm-wide filter is for: names of wikis, or `set:NAME`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ScopeDocument {
    /// Meant; all if none is named.
    include: Vec<String>,
    /// Not meant.
    exclude: Vec<String>,
}

/// A filter's emergency brake, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BrakeDocument {
    /// `standard`, `lockdown` or `compat`.
    profile: String,
}

/// A filter's emergency brake, as it is read.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrakeOfFilter {
    /// `standard`, `lockdown` or `compat`.
    profile: String,
    /// What it decided; absent in old versions.
    #[serde(flatten)]
    state: Option<BrakeState>,
}

/// A person, as history keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct By {
    id: Option<i64>,
    name: String,
}

/// What the caller may do with a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Permissions {
    edit: bool,
    reactivate: bool,
    hold: bool,
}

/// A test kept with a filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestBody {
    /// What it stands for, in words.
    pub name: String,
    /// `hit` or `inline`.
    pub source: String,
    /// The hit on whose action it runs. Nothing of it is copied: who may not see the hit has no such test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<String>,
    /// Kind of action, with `inline`; `edit` if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Values of variables, with `inline`; at most 64 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub vars: Option<Map<String, Value>>,
    /// `match` or `no_match`.
    pub expect: String,
}

impl TestBody {
    fn read(&self, place: &str) -> Result<TestCase, BadTest> {
        TestCase::from_json(&json!(self), place)
    }
}

impl From<&TestCase> for TestBody {
    fn from(test: &TestCase) -> Self {
        let (source, hit, kind, vars) = match &test.source {
            TestSource::Hit(id) => ("hit", Some(id.to_string()), None, None),
            TestSource::Inline { kind, vars } => ("inline", None, Some(kind.clone()), Some(vars.clone())),
        };
        let expect = if test.expects_match { "match" } else { "no_match" };
        Self { name: test.name.clone(), source: source.to_owned(), hit, kind, vars, expect: expect.to_owned() }
    }
}

/// What a test gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestedBody {
    name: String,
    /// `match` or `no_match`.
    expect: &'static str,
    /// `match`, `no_match`, `error`, `undecided` or `unavailable`.
    actual: &'static str,
    /// Whether it passes; null if that cannot be told.
    passed: Option<bool>,
    /// The variable that it lacks, or the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl From<&TestOutcome> for TestedBody {
    fn from(outcome: &TestOutcome) -> Self {
        Self {
            name: outcome.name.clone(),
            expect: if outcome.expects_match { "match" } else { "no_match" },
            actual: outcome.actual.name(),
            passed: outcome.passes(),
            why: match &outcome.actual {
                Actual::Undecided(why) | Actual::Failed(why) => Some(why.clone()),
                _ => None,
            },
        }
    }
}

/// A filter as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FilterDocument {
    /// `17`, or `global-17` for a farm-wide one seen from a wiki.
    id: String,
    /// The wiki that owns it; `*` for farm-wide ones.
    wiki: String,
    version: u32,
    #[serde(flatten)]
    content: Content,
    /// Seconds since something about it last changed.
    age_s: i64,
    created_at: String,
    edited_at: String,
    edited_by: By,
    /// Hits that left a row; absent for who may not see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<u64>,
    permissions: Permissions,
}

/// What a person writes of a filter.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Content {
    state: &'static str,
    group: String,
    name: String,
    rules: String,
    notes: String,
    /// Consequences and their parameters.
    actions: BTreeMap<String, Vec<String>>,
    privacy: PrivacyDocument,
    priority: i32,
    tier: &'static str,
    scope: Option<ScopeDocument>,
    brake: BrakeOfFilter,
    maintainers: Vec<String>,
    /// Tests kept with it, as far as the caller may see them; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<Vec<TestBody>>,
}

/// One version of a filter.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VersionDocument {
    id: String,
    wiki: String,
    version: u32,
    #[serde(flatten)]
    content: Content,
    edited_at: String,
    edited_by: By,
    reason: String,
    changed_fields: Vec<String>,
    /// `edit`, `import`, `migration` or `promote`.
    origin: &'static str,
}

/// What was found about a draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct Findings {
    /// Whether it could be saved.
    valid: bool,
    errors: Vec<FindingBody>,
    warnings: Vec<FindingBody>,
    /// Variables that the rule reads.
    variables: Vec<String>,
    /// Those of them that are protected.
    protected_variables: Vec<String>,
    /// Fields that would change.
    changed_fields: Vec<&'static str>,
    /// What the tests gave, those that pass included.
    tests: Vec<TestedBody>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingBody {
    code: &'static str,
    field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<(u32, u32)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<String>,
    message: String,
}

impl From<&Finding> for FindingBody {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code,
            field: finding.field.clone(),
            span: finding.span,
            params: finding.params.clone(),
            message: finding.message.clone(),
        }
    }
}

impl From<&Validated> for Findings {
    fn from(validated: &Validated) -> Self {
        let found = &validated.findings;
        Self {
            valid: found.errors.is_empty(),
            errors: found.errors.iter().map(FindingBody::from).collect(),
            warnings: found.warnings.iter().map(FindingBody::from).collect(),
            variables: found.uses_vars.clone(),
            protected_variables: found.uses_protected.clone(),
            changed_fields: validated.changed_fields.clone(),
            tests: validated.tests.iter().map(TestedBody::from).collect(),
        }
    }
}

impl From<&Editor> for By {
    fn from(editor: &Editor) -> Self {
        Self { id: editor.number, name: editor.name.clone() }
    }
}

impl From<&Draft> for Content {
    fn from(draft: &Draft) -> Self {
        let entries = |list: &[WikiOrSet]| list.iter().map(ToString::to_string).collect();
        let scope = draft.scope.as_ref();
        Self {
            state: draft.state.name(),
            group: draft.group.clone(),
            name: draft.name.clone(),
            rules: draft.rules.clone(),
            notes: draft.notes.clone(),
            actions: draft.actions.0.clone(),
            privacy: PrivacyDocument {
                hidden: draft.privacy.is_hidden,
                protected: draft.privacy.is_protected,
                suppressed: draft.privacy.is_suppressed,
            },
            priority: draft.priority,
            tier: draft.tier.name(),
            scope: scope.map(|it| ScopeDocument { include: entries(&it.include), exclude: entries(&it.exclude) }),
            brake: BrakeOfFilter { profile: draft.brake_profile.name().to_owned(), state: None },
            maintainers: draft.maintainers.iter().map(ToString::to_string).collect(),
            tests: None,
        }
    }
}

/// How a filter is named on `wiki`.
fn gid(key: &FilterKey, wiki: &WikiId) -> String {
    if key.wiki == *wiki { key.number.to_string() } else { key.gid() }
}

impl FilterDocument {
    /// The filter as `viewer`, asking on `wiki`, sees it at `now`; `braked` is what its brake decided, if anything.
    pub fn new(filter: &Filter, braked: Option<&Braked>, viewer: &Viewer, wiki: &WikiId, now: Timestamp) -> Self {
        let owner = &filter.key.wiki;
        let edit = if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify };
        let may_brake = |right| viewer.may(right, wiki) && (!owner.is_farm() || viewer.may(Right::ModifyGlobal, owner));
        let mut content = Content::from(&filter.draft);
        let nothing = Braked::default();
        content.brake.state = Some(BrakeState::new(braked.unwrap_or(&nothing), shows_detail(viewer, wiki), now));
        Self {
            id: gid(&filter.key, wiki),
            wiki: owner.to_string(),
            version: filter.version.0,
            content,
            age_s: now.duration_since(filter.aged_from).as_secs().max(0),
            created_at: time(filter.created_at),
            edited_at: time(filter.edited_at),
            edited_by: By::from(&filter.edited_by),
            hits: may_count(viewer, owner).then_some(filter.hits),
            permissions: Permissions {
                edit: viewer.may(edit, owner),
                reactivate: may_brake(Right::BrakeRelease),
                hold: may_brake(Right::BrakeHold),
            },
        }
    }
}

impl FilterDocument {
    /// The same with these tests.
    #[must_use]
    pub fn with_tests(mut self, tests: &[TestCase]) -> Self {
        self.content.tests = Some(tests.iter().map(TestBody::from).collect());
        self
    }
}

impl VersionDocument {
    /// The same with these tests.
    #[must_use]
    pub fn with_tests(mut self, tests: &[TestCase]) -> Self {
        self.content.tests = Some(tests.iter().map(TestBody::from).collect());
        self
    }

    /// The version as it is named on `wiki`.
    pub fn new(version: &FilterVersion, wiki: &WikiId) -> Self {
        Self {
            id: gid(&version.key, wiki),
            wiki: version.key.wiki.to_string(),
            version: version.version.0,
            content: Content::from(&version.draft),
            edited_at: time(version.edited_at),
            edited_by: By::from(&version.edited_by),
            reason: version.change_reason.clone(),
            changed_fields: version.changed_fields.clone(),
            origin: version.origin.name(),
        }
    }
}

/// What two people made of the same version, as JSON.
pub(super) fn three_way(three: &ThreeWay) -> Value {
    let stretches = |list: &[merge::Stretch]| {
        list.iter()
            .map(|it| json!({"side": it.side.name(), "base": it.base, "mine": it.mine, "theirs": it.theirs}))
            .collect::<Vec<_>>()
    };
    let fields: Vec<Value> = three
        .fields
        .iter()
        .map(|it| json!({"field": it.field, "side": it.side.name(), "base": it.base, "mine": it.mine, "theirs": it.theirs}))
        .collect();
    json!({
        "conflict": three.has_conflict(),
        "rules": stretches(&three.rules),
        "rules_merged": merge::merged(&three.rules),
        "notes": stretches(&three.notes),
        "notes_merged": merge::merged(&three.notes),
        "fields": fields,
    })
}
