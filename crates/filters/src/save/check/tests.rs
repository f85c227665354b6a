use super::*;
use crate::groups::builtin;
use crate::model::{Actions, BrakeProfile, Editor, FilterKey, FilterNumber, Privacy, Tier, Version};
use wikiward_farm::Timestamp;

struct Case {
    registry: Registry,
    settings: FilterSettings,
    rights: RightSet,
    wiki: WikiId,
    old: Option<Filter>,
    new: Draft,
    confirm: bool,
    enabled_others: u32,
    shadow_others: u32,
    reason: &'static str,
    skip_backtest: &'static str,
}

fn actions(list: &[(&str, &[&str])]) -> Actions {
    let entry =
        |(name, params): &(&str, &[&str])| ((*name).to_owned(), params.iter().map(|it| (*it).to_owned()).collect());
    Actions(list.iter().map(entry).collect())
}

fn draft() -> Draft {
    Draft {
        state: State::Disabled,
        group: "default".into(),
        name: "Test".into(),
        rules: "page_id == 1".into(),
        notes: String::new(),
        actions: Actions::default(),
        priority: 0,
        tier: Tier::Normal,
        privacy: Privacy::default(),
        scope: None,
        brake_profile: BrakeProfile::Standard,
        maintainers: Vec::new(),
        tests: Vec::new(),
    }
}

fn filter(draft: Draft) -> Filter {
    Filter {
        key: FilterKey { wiki: "enwiki".parse().unwrap(), number: FilterNumber(1) },
        version: Version(1),
        draft,
        hits: 0,
        uses_vars: Vec::new(),
        uses_protected: Vec::new(),
        created_at: Timestamp::UNIX_EPOCH,
        created_by: "A".into(),
        edited_at: Timestamp::UNIX_EPOCH,
        edited_by: Editor { key: "account:1".into(), name: "A".into(), number: Some(1) },
        aged_from: Timestamp::UNIX_EPOCH,
    }
}

fn found(change: impl FnOnce(&mut Case)) -> Findings {
    let mut registry = Registry::default();
    registry.groups.extend(builtin::all().into_iter().map(|group| (group.name.clone(), group)));
    registry.consequences.extend(builtin::consequences().into_iter().map(|it| (it.name.clone(), it)));
    let mut case = Case {
        registry,
        settings: FilterSettings::default(),
        rights: RightSet::all(),
        wiki: "enwiki".parse().unwrap(),
        old: None,
        new: draft(),
        confirm: false,
        enabled_others: 0,
        shadow_others: 0,
        reason: "",
        skip_backtest: "",
    };
    change(&mut case);
    let tags = BTreeSet::from(["mw-used".to_owned()]);
    let context = Context {
        wiki: &case.wiki,
        rights: case.rights,
        settings: &case.settings,
        registry: &case.registry,
        group: case.registry.groups.get(&case.new.group),
        tags_in_use: &tags,
        enabled_others: case.enabled_others,
        shadow_others: case.shadow_others,
        change_reason: case.reason,
        confirm_make_public: case.confirm,
        has_backtest: false,
        skip_backtest_reason: case.skip_backtest,
        keeps_inactive_actions: false,
        is_maintenance: false,
    };
    check(case.old.as_ref(), &case.new, &context)
}

fn errors(change: impl FnOnce(&mut Case)) -> Vec<&'static str> {
    found(change).errors.into_iter().map(|finding| finding.code).collect()
}

fn warnings(change: impl FnOnce(&mut Case)) -> Vec<&'static str> {
    found(change).warnings.into_iter().map(|finding| finding.code).collect()
}

fn without(right: Right) -> RightSet {
    Right::ALL.iter().copied().filter(|it| *it != right).collect()
}

#[test]
fn a_plain_filter_has_nothing_wrong() {
    assert_eq!(found(|_| {}), Findings { uses_vars: vec!["page_id".into()], ..Findings::default() });
}

#[test]
fn who_may_not_edit_is_told() {
    assert_eq!(errors(|it| it.rights = without(Right::Modify)), ["forbidden"]);
    assert_eq!(errors(|it| (it.wiki, it.rights) = (WikiId::farm(), without(Right::ModifyGlobal))), ["forbidden"]);
    assert_eq!(
        errors(|it| (it.new.privacy.is_suppressed, it.rights) = (true, without(Right::SuppressRevision))),
        ["forbidden"]
    );
    assert_eq!(
        errors(|it| {
            it.new.privacy.is_suppressed = true;
            it.old = Some(filter(it.new.clone()));
            it.rights = without(Right::ViewSuppressed);
        }),
        ["forbidden"]
    );
}

#[test]
fn every_error_is_told_at_once() {
    let codes = errors(|it| {
        it.rights = RightSet::everybody();
        it.new.name = "n".repeat(256);
        it.new.rules = "1 +".into();
        it.new.group = "nowhere".into();
        it.new.actions = actions(&[("tag", &[]), ("warn", &[""]), ("throttle", &["", "0,0"])]);
        it.new.priority = 1_001;
    });
    let expected = [
        "forbidden",
        "name_too_long",
        "bad_priority",
        "bad_syntax",
        "throttle_count",
        "throttle_period",
        "throttle_groups_empty",
        "no_tags",
        "empty_message",
        "unknown_group",
    ];
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    let mut wanted = expected.to_vec();
    wanted.sort_unstable();
    assert_eq!(sorted, wanted, "{codes:?}");
}

#[test]
fn texts_are_needed_and_bounded() {
    assert_eq!(errors(|it| it.new.name = " ".into()), ["missing_fields"]);
    assert_eq!(errors(|it| it.new.rules = "\n".into()), ["missing_fields"]);
    assert_eq!(errors(|it| it.new.rules = format!("'{}'", "x".repeat(65_529))), ["rules_too_long"]);
    assert_eq!(errors(|it| it.new.notes = "n".repeat(65_531)), ["notes_too_long"]);
    assert_eq!(errors(|it| it.new.notes = "\0".into()), ["bad_text"]);
    assert_eq!(errors(|it| it.new.name = "a\nb".into()), ["bad_name"]);
    assert_eq!(errors(|it| it.new.actions = actions(&[("disallow", &[&"k".repeat(4_097)])])), ["params_too_long"]);
    assert_eq!(errors(|it| it.new.scope = Some(wikiward_farm::Scope::default())), ["bad_scope"]);
}

#[test]
fn a_rule_with_an_error_is_told_where() {
    let found = found(|it| it.new.rules = "page_id == 1 & (summary".into());
    let error = &found.errors[0];
    assert_eq!(
        (error.code, error.field.as_str(), error.params[0].as_str()),
        ("bad_syntax", "rules", "expectednotfound")
    );
    assert!(error.span.is_some());
    // Only evaluation finds it, although no action ever gets there.
    assert_eq!(errors(|it| it.new.rules = "false & (1 / 0 == 1)".into()), ["bad_syntax"]);
}

#[test]
fn variables_must_be_the_groups() {
    assert_eq!(errors(|it| it.new.rules = "newsletter_reach == 'farm'".into()), ["var_not_in_group"]);
    assert_eq!(errors(|it| it.new.rules = "nonsense == 'farm'".into()), ["bad_syntax"]);
    assert_eq!(
        errors(|it| (it.new.group, it.new.rules) = ("newsletter".into(), "newsletter_reach == 'farm'".into())),
        [""; 0]
    );
    assert_eq!(
        warnings(|it| (it.new.group, it.new.rules) = ("newsletter".into(), "file_size > 5".into())),
        ["var_never_set"]
    );
    assert_eq!(warnings(|it| it.new.rules = "article_namespace == 0".into()), ["deprecated-variable"]);
}

#[test]
fn protected_variables_need_the_right_and_the_mark() {
    let rule = "ip_in_range(user_unnamed_ip, '192.0.2.0/24')";
    assert_eq!(errors(|it| it.new.rules = rule.into()), ["must_be_protected"]);
    assert_eq!(errors(|it| (it.new.rules, it.new.privacy.is_protected) = (rule.into(), true)), [""; 0]);
    assert_eq!(
        errors(|it| {
            it.new.rules = rule.into();
            it.rights = without(Right::ProtectedVars);
        }),
        ["protected_var_forbidden", "must_be_protected"]
    );
    let once = errors(|it| {
        it.old = Some(filter(Draft { privacy: Privacy { is_protected: true, ..Privacy::default() }, ..draft() }));
    });
    assert_eq!(once, ["must_be_protected"]);
}

#[test]
fn states_follow_the_life_cycle() {
    let allowed: Vec<(State, State)> = State::ALL
        .iter()
        .flat_map(|from| State::ALL.iter().map(|to| (*from, *to)))
        .filter(|(from, to)| {
            errors(|it| {
                it.old = Some(filter(Draft { state: *from, ..draft() }));
                it.new.state = *to;
            })
            .is_empty()
        })
        .collect();
    for (from, to) in &allowed {
        assert!(*to != State::Deleted || matches!(from, State::Disabled | State::Deleted), "{from:?} {to:?}");
        assert!(*from != State::Deleted || matches!(to, State::Disabled | State::Deleted), "{from:?} {to:?}");
    }
    assert!(allowed.contains(&(State::Draft, State::Enabled)) && allowed.contains(&(State::Disabled, State::Enabled)));
    let deleting = errors(|it| {
        it.old = Some(filter(Draft { state: State::Enabled, ..draft() }));
        it.new.state = State::Deleted;
    });
    assert_eq!(deleting, ["deleting_enabled"]);
    assert_eq!(errors(|it| it.new.state = State::Deleted), ["bad_state"]);
}

#[test]
fn a_group_holds_so_many_filters() {
    assert_eq!(errors(|it| (it.new.state, it.enabled_others) = (State::Enabled, 1_000)), ["too_many_filters"]);
    assert_eq!(errors(|it| (it.new.state, it.enabled_others) = (State::Enabled, 999)), [""; 0]);
    assert_eq!(errors(|it| (it.new.state, it.shadow_others) = (State::Shadow, 20)), ["too_many_shadow"]);
    let unmoved = errors(|it| {
        it.new.state = State::Enabled;
        it.old = Some(filter(it.new.clone()));
        it.enabled_others = 1_000;
    });
    assert_eq!(unmoved, [""; 0]);
}

#[test]
fn consequences_are_checked_each() {
    let with = |list: &'static [(&str, &[&str])]| errors(|it| it.new.actions = actions(list));
    assert_eq!(
        with(&[("tag", &["spam"]), ("warn", &["k"]), ("disallow", &[]), ("block", &["blocktalk", "1 day", "1 day"])]),
        [""; 0]
    );
    assert_eq!(with(&[("tag", &[""])]), ["no_tags"]);
    assert_eq!(with(&[("tag", &["a,b"])]), ["bad_tag"]);
    assert_eq!(with(&[("tag", &["mw-other"])]), ["bad_tag"]);
    assert_eq!(with(&[("tag", &["mw-used"])]), [""; 0]);
    assert_eq!(with(&[("tag", &["abusefilter-condition-limit"])]), ["tag_reserved"]);
    assert_eq!(errors(|it| it.new.actions = actions(&[("tag", &["t"; 33])])), ["tags_too_many"]);
    assert_eq!(with(&[("disallow", &[" "])]), ["empty_message"]);
    assert_eq!(with(&[("explode", &[])]), ["action_not_allowed"]);
    assert_eq!(with(&[("degroup", &[])]), ["action_not_allowed"]);
    assert_eq!(with(&[("review", &[])]), ["action_not_allowed"]);
    assert_eq!(with(&[("block", &["maybe"])]), ["bad_params"]);
    assert_eq!(with(&[("disallow", &["a\nb"])]), ["bad_params"]);
    let kept = |it: &mut Case| {
        it.new.actions = actions(&[("degroup", &[])]);
        it.old = Some(filter(it.new.clone()));
    };
    assert_eq!((errors(kept), warnings(kept)), (vec![], vec!["action_inactive"]));
}

#[test]
fn farm_wide_filters_name_messages_that_every_wiki_has() {
    let farm =
        |key: &'static str| errors(|it| (it.wiki, it.new.actions) = (WikiId::farm(), actions(&[("warn", &[key])])));
    assert_eq!(farm("abusefilter-warning"), [""; 0]);
    assert_eq!(farm("my-own"), ["global_custom_message"]);
}

#[test]
fn restricted_consequences_need_the_right_before_and_after() {
    let rights = without(Right::ModifyRestricted);
    assert_eq!(errors(|it| (it.rights, it.new.actions) = (rights, actions(&[("block", &[])]))), ["restricted_action"]);
    let taken_off = errors(|it| {
        it.rights = rights;
        it.old = Some(filter(Draft { actions: actions(&[("block", &[])]), ..draft() }));
    });
    assert_eq!(taken_off, ["restricted_action"]);
}

#[test]
fn a_hidden_filter_becomes_public_only_if_confirmed() {
    let hidden = || Some(filter(Draft { privacy: Privacy { is_hidden: true, ..Privacy::default() }, ..draft() }));
    assert_eq!(errors(|it| it.old = hidden()), ["confirm_public"]);
    assert_eq!(errors(|it| (it.old, it.confirm) = (hidden(), true)), [""; 0]);
}

#[test]
fn a_rule_that_destroys_should_have_been_tested() {
    let blocks = |it: &mut Case| {
        it.new.state = State::Enabled;
        it.new.actions = actions(&[("block", &[])]);
    };
    assert_eq!(warnings(blocks), ["no_backtest"]);
    assert_eq!(
        warnings(|it| {
            blocks(it);
            it.skip_backtest = "urgent";
        }),
        [""; 0]
    );
    assert_eq!(
        warnings(|it| {
            blocks(it);
            it.new.state = State::Shadow;
        }),
        [""; 0]
    );
    assert_eq!(
        warnings(|it| {
            blocks(it);
            it.old = Some(filter(it.new.clone()));
            it.new.name = "x".into();
        }),
        [""; 0]
    );
    assert_eq!(
        errors(|it| {
            blocks(it);
            it.registry.groups.get_mut("default").unwrap().require_backtest = true;
        }),
        ["no_backtest"]
    );
    assert_eq!(errors(|it| it.registry.groups.get_mut("default").unwrap().require_reason = true), ["reason_required"]);
}
