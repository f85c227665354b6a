use super::*;
use crate::groups::{DegradedPolicy, builtin};
use crate::model::{Actions, BrakeProfile, FilterKey, FilterNumber, Privacy, Tier, Version};
use crate::snapshot::{LiveFilter, OptOut};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use wikiward_rules::{Release, Rule, Vocabulary};
use wikiward_store::Keyring;

/// States that tests set by hand.
#[derive(Default)]
struct Table {
    counted: HashMap<[u8; 32], (u64, Timestamp)>,
    warned: HashMap<[u8; 32], Timestamp>,
}

impl States for Table {
    fn counted(&self, digest: &[u8; 32], now: Timestamp) -> Option<(u64, Timestamp)> {
        self.counted.get(digest).copied().filter(|(_, ends_at)| *ends_at > now)
    }

    fn is_warned(&self, digest: &[u8; 32], now: Timestamp) -> bool {
        self.warned.get(digest).is_some_and(|ends_at| *ends_at > now)
    }
}

impl Table {
    fn apply(&mut self, changes: &[CounterChange]) {
        for change in changes {
            match *change {
                CounterChange::Throttle { digest, hits, ends_at } => drop(self.counted.insert(digest, (hits, ends_at))),
                CounterChange::WarnShown { digest, ends_at } => drop(self.warned.insert(digest, ends_at)),
                CounterChange::WarnUsed { digest } => drop(self.warned.remove(&digest)),
            }
        }
    }
}

struct Latches(Latched);

impl Brake for Latches {
    fn latched(&self, _: &EffectiveHit<'_>) -> Latched {
        self.0
    }

    fn observe(&self, _: &Acting<'_>) -> Option<Observed> {
        None
    }

    fn over(&self, _: &Acting<'_>, _: &Observed, _: &[Met<'_>], _: bool) {}
}

fn seat(wiki: &str, number: u32, actions: &[(&str, &[&str])]) -> Seat {
    let key = FilterKey { wiki: wiki.parse().unwrap(), number: FilterNumber(number) };
    let owned = |params: &[&str]| params.iter().map(|it| (*it).to_owned()).collect();
    let actions = actions.iter().map(|(name, params)| ((*name).to_owned(), owned(params))).collect();
    let rule = Rule::compile(b"1", &Vocabulary::default(), Release::Newest).unwrap();
    let filter = LiveFilter {
        gid: key.gid(),
        key,
        version: Version(1),
        name: "Link spam".into(),
        group: "default".into(),
        priority: 0,
        tier: Tier::Normal,
        privacy: Privacy::default(),
        scope: None,
        actions: Actions(actions),
        aged_from: at(0),
        armed_from: at(0),
        brake_profile: BrakeProfile::Standard,
        uses_protected: Vec::new(),
        is_shadow: false,
        rule: Arc::new(rule),
    };
    Seat { filter: Arc::new(filter), optout: None, candidates: Arc::default() }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// What a case is made of.
struct Scene {
    wiki: WikiId,
    settings: WikiSettings,
    group: Group,
    registry: Registry,
    groups: Vec<String>,
    sealer: Sealer,
}

impl Default for Scene {
    fn default() -> Self {
        let all = Consequence::ALL.iter().map(|it| it.name().to_owned()).collect();
        Self {
            wiki: "enwiki".parse().unwrap(),
            settings: WikiSettings { enabled_actions: all, ..WikiSettings::default() },
            group: builtin::default_group(),
            registry: Registry::default(),
            groups: ["*", "user", "patroller"].map(str::to_owned).to_vec(),
            sealer: Keyring::new(&[7; 32]).sealer("judge"),
        }
    }
}

impl Scene {
    fn case(&self) -> Case<'_> {
        Case {
            now: at(1_000_000),
            wiki: &self.wiki,
            kind: "edit",
            actor_id: Some(4),
            actor_name: "Example",
            actor_type: ActorType::Named,
            actor_groups: &self.groups,
            edit_count: Some(10),
            age_s: Some(86_400),
            ip: Some("203.0.113.9".parse().unwrap()),
            session_key: Some("s"),
            target_ns: 0,
            target_title: "Foo",
            page_id: Some(1),
            captcha: Captcha::Unsolved,
            settings: &self.settings,
            group: &self.group,
            registry: &self.registry,
            observed: None,
        }
    }

    fn decide(&self, seats: &[Seat], case: &Case<'_>, states: &Table, brake: &dyn Brake) -> Decided {
        let matched: Vec<_> =
            seats.iter().map(|seat| Matched { seat, is_degraded: false, ref_code: "K7Q2-M4XTB".into() }).collect();
        decide(&matched, case, states, &self.sealer, brake)
    }

    fn taken(&self, seats: &[Seat], case: &Case<'_>) -> (Decision, Vec<String>) {
        let decided = self.decide(seats, case, &Table::default(), &NoBrake);
        (decided.decision, decided.filters.iter().map(|filter| filter.taken.join(" ")).collect())
    }
}

const BLOCK: (&str, &[&str]) = ("block", &["blocktalk", "1 day", "1 week"]);

#[test]
fn consequences_run_in_a_fixed_order_and_a_block_makes_a_refusal_needless() {
    let scene = Scene::default();
    let all: &[(&str, &[&str])] = &[
        BLOCK,
        ("rangeblock", &[]),
        ("degroup", &[]),
        ("blockautopromote", &[]),
        ("tag", &["t"]),
        ("disallow", &["d"]),
        ("showcaptcha", &[]),
    ];
    let (decision, taken) = scene.taken(&[seat("enwiki", 1, all)], &scene.case());
    assert_eq!(
        (decision, taken),
        (Decision::Refuse, vec!["showcaptcha tag blockautopromote degroup rangeblock block".to_owned()])
    );
    let plain: &[(&str, &[&str])] = &[("tag", &["t"]), ("showcaptcha", &[])];
    assert_eq!(scene.taken(&[seat("enwiki", 1, plain)], &scene.case()).0, Decision::Challenge);
}

#[test]
fn of_several_blocks_the_longest_is_kept_and_the_first_of_equals() {
    let scene = Scene::default();
    let block =
        |number, expiry: &'static str| seat("enwiki", number, &[("block", &["noTalkBlockSet", "1 hour", expiry])]);
    let seats = [block(1, "2 days"), block(2, "indefinite"), block(3, "infinite"), block(4, "1 year")];
    assert_eq!(scene.taken(&seats, &scene.case()).1, ["", "block", "", ""]);
    // Others are told apart by the first expiry.
    let case = Case { actor_type: ActorType::Temp, ..scene.case() };
    let decided = scene.decide(&seats, &case, &Table::default(), &NoBrake);
    assert_eq!(decided.filters[0].taken, ["block"]);
    let Effect::Block { expiry, .. } = &decided.instructions[0].effect else { panic!("a block is wanted") };
    assert_eq!(expiry, "1 hour");
    // A filter whose block was left out keeps its refusal.
    let both: &[(&str, &[&str])] = &[("block", &["", "1 hour", "1 hour"]), ("disallow", &[])];
    assert_eq!(scene.taken(&[seat("enwiki", 1, both), block(2, "1 day")], &scene.case()).1, ["disallow", "block"]);
    // Records from before there were expiries.
    let old = [seat("enwiki", 1, &[("block", &["blocktalk"])])];
    let decided = scene.decide(&old, &scene.case(), &Table::default(), &NoBrake);
    let Effect::Block { expiry, talk, .. } = &decided.instructions[0].effect else { panic!("a block is wanted") };
    assert_eq!((expiry.as_str(), *talk), ("indefinite", true));
}

#[test]
fn what_cannot_be_taken_against_a_person_takes_no_refusals_place() {
    let scene = Scene::default();
    let filter = [seat("enwiki", 1, &[("degroup", &[]), ("blockautopromote", &[]), ("disallow", &[])])];
    assert_eq!(scene.taken(&filter, &scene.case()).1, ["blockautopromote degroup"]);
    let unnamed = Case { actor_type: ActorType::Ip, actor_id: None, ..scene.case() };
    assert_eq!(scene.taken(&filter, &unnamed), (Decision::Refuse, vec!["disallow".to_owned()]));
    let none = Scene { groups: vec!["user".into(), "autoconfirmed".into()], ..Scene::default() };
    assert_eq!(
        none.taken(&[seat("enwiki", 1, &[("degroup", &[])])], &none.case()),
        (Decision::Allow, vec![String::new()])
    );
    let range = [seat("enwiki", 1, &[("rangeblock", &[])])];
    let decided = scene.decide(&range, &scene.case(), &Table::default(), &NoBrake);
    assert!(matches!(&decided.instructions[0].effect, Effect::RangeBlock { range, .. } if range == "203.0.0.0/16"));
    assert_eq!(scene.taken(&range, &Case { ip: None, ..scene.case() }).0, Decision::Allow);
}

#[test]
fn challenges_are_asked_where_the_wiki_can_ask_them() {
    let filter = [seat("enwiki", 1, &[("showcaptcha", &[])])];
    let scene = Scene::default();
    assert_eq!(scene.taken(&filter, &Case { kind: "move", ..scene.case() }).1, [""]);
    for captcha in [Captcha::Solved, Captcha::Exempt] {
        assert_eq!(scene.taken(&filter, &Case { captcha, ..scene.case() }), (Decision::Allow, vec![String::new()]));
    }
    let mut creations = Scene::default();
    creations.settings.captcha_triggers = ["create".to_owned()].into();
    assert_eq!(creations.taken(&filter, &creations.case()).1, [""]);
    assert_eq!(creations.taken(&filter, &Case { page_id: None, ..creations.case() }).1, ["showcaptcha"]);
}

#[test]
fn farm_filters_lose_what_a_wiki_does_not_want_of_them() {
    let mut scene = Scene::default();
    scene.settings.locally_disabled = ["block".to_owned(), "throttle".to_owned()].into();
    let actions: &[(&str, &[&str])] = &[BLOCK, ("throttle", &["", "5,60", "user"]), ("disallow", &[]), ("tag", &["t"])];
    assert_eq!(scene.taken(&[seat("*", 1, actions)], &scene.case()).1, ["disallow tag"], "the rest runs");
    assert_eq!(scene.taken(&[seat("enwiki", 1, actions)], &scene.case()).1, ["throttle"]);
    let without = Seat { optout: Some(OptOut::Without(["disallow".to_owned()].into())), ..seat("*", 1, actions) };
    assert_eq!(scene.taken(&[without], &scene.case()).1, ["tag"]);
    let quiet = Seat { optout: Some(OptOut::LogOnly), ..seat("*", 1, actions) };
    assert_eq!(scene.taken(&[quiet], &scene.case()), (Decision::Allow, vec![String::new()]));
}

#[test]
fn restricted_filters_are_not_named_to_people() {
    let scene = Scene::default();
    let mut hidden = seat("enwiki", 9, &[("warn", &["my-warning"])]);
    let filter = Arc::get_mut(&mut hidden.filter).unwrap();
    filter.privacy = Privacy { is_hidden: true, ..Privacy::default() };
    let decided = scene.decide(&[hidden], &scene.case(), &Table::default(), &NoBrake);
    let message = &decided.messages[0];
    assert_eq!(
        (message.key.as_str(), message.params.clone()),
        ("my-warning", vec!["Link spam".to_owned(), String::new()])
    );
    assert_eq!((message.code.as_str(), message.actions.clone()), ("abusefilter-warning", vec!["warn".to_owned()]));
    assert!(message.filter.as_ref().unwrap().is_restricted);
}

#[test]
fn counters_are_told_apart_as_the_settings_say() {
    let mut scene = Scene::default();
    let digests = |scene: &Scene, wiki: &str, number, line: &str, case: &Case<'_>| -> Vec<[u8; 32]> {
        let filter = seat(wiki, number, &[("throttle", &["7", "3,60", line])]);
        let decided = scene.decide(&[filter], case, &Table::default(), &NoBrake);
        decided
            .changes
            .iter()
            .map(|change| match change {
                CounterChange::Throttle { digest, .. } => *digest,
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let case = scene.case();
    let other = Case { actor_id: Some(5), actor_name: "Other", ..case };
    let [a, b] = ["192.0.2.1", "192.0.2.2"].map(|ip| Case {
        actor_id: None,
        actor_name: ip,
        actor_type: ActorType::Ip,
        ip: Some(ip.parse().unwrap()),
        ..case
    });
    let same = |scene: &Scene, line: &str, one: &Case<'_>, two: &Case<'_>| {
        digests(scene, "enwiki", 1, line, one) == digests(scene, "enwiki", 1, line, two)
    };
    assert!(!same(&scene, "user", &case, &other) && same(&scene, "site", &case, &other));
    assert!(!same(&scene, "user", &a, &b) && same(&scene, "range", &a, &b) && !same(&scene, "ip", &a, &b));
    assert!(!same(&scene, "page", &case, &Case { target_title: "Bar", ..case }));
    // One day of registration, whatever the hour.
    let (noon, evening) = (Case { age_s: Some(86_400), ..case }, Case { age_s: Some(86_400 - 3_600), ..case });
    assert!(same(&scene, "creationdate", &noon, &evening));
    assert_ne!(digests(&scene, "enwiki", 1, "user", &case), digests(&scene, "enwiki", 2, "user", &case));
    let elsewhere: WikiId = "dewiki".parse().unwrap();
    let there = Case { wiki: &elsewhere, ..case };
    assert_eq!(digests(&scene, "*", 1, "user", &case), digests(&scene, "*", 1, "user", &there), "shared by the farm");
    scene.settings.throttle_compat = true;
    let case = scene.case();
    let anonymous = |ip: &'static str| Case {
        actor_id: None,
        actor_name: ip,
        actor_type: ActorType::Ip,
        ip: Some(ip.parse().unwrap()),
        ..case
    };
    assert!(same(&scene, "user", &anonymous("192.0.2.1"), &anonymous("192.0.2.2")));
    assert_eq!(
        digests(&scene, "enwiki", 1, "user", &case),
        digests(&scene, "enwiki", 2, "user", &case),
        "by the stored id"
    );
}

#[test]
fn a_throttle_is_over_when_any_of_its_counters_is_and_its_window_stands() {
    let scene = Scene::default();
    let filter = [seat("enwiki", 1, &[("throttle", &["", "2,60", "user", "page"]), ("disallow", &[])])];
    let mut table = Table::default();
    let mut attempt = |title: &'static str, second: i64| {
        let case = Case { target_title: title, now: at(second), ..scene.case() };
        let decided = scene.decide(&filter, &case, &table, &NoBrake);
        table.apply(&decided.changes);
        decided.filters[0].taken.join(" ")
    };
    assert_eq!([attempt("A", 0), attempt("B", 30), attempt("C", 59)], ["throttle", "throttle", "disallow"]);
    assert_eq!(attempt("D", 60), "throttle", "the window began with the first");
    let broken = [seat("enwiki", 1, &[("throttle", &["", "nonsense"]), ("disallow", &[])])];
    assert_eq!(scene.taken(&broken, &scene.case()), (Decision::Allow, vec!["throttle".to_owned()]));
}

#[test]
fn warnings_last_as_long_as_the_session_or_ten_minutes() {
    let scene = Scene::default();
    let filter = [seat("enwiki", 1, &[("warn", &[])])];
    let shown = |case: &Case<'_>| match scene.decide(&filter, case, &Table::default(), &NoBrake).changes[..] {
        [CounterChange::WarnShown { digest, ends_at }] => (digest, ends_at.as_second() - 1_000_000),
        ref other => panic!("{other:?}"),
    };
    let case = scene.case();
    assert_eq!(shown(&case).1, 86_400);
    assert_eq!(shown(&Case { session_key: None, ..case }).1, 600);
    assert_ne!(shown(&case).0, shown(&Case { session_key: Some("other"), ..case }).0);
    assert_ne!(shown(&case).0, shown(&Case { target_title: "Bar", ..case }).0);
    assert_ne!(shown(&case).0, shown(&Case { kind: "upload", ..case }).0);
}

#[test]
fn the_brake_leaves_a_plain_refusal_in_the_place_of_one_it_withholds() {
    let scene = Scene::default();
    let decided = |actions: &[(&str, &[&str])], latched: Latched| {
        let decided = scene.decide(&[seat("enwiki", 1, actions)], &scene.case(), &Table::default(), &Latches(latched));
        let filter = decided.filters[0].clone();
        (decided.decision, filter.taken.join(" "), filter.withheld.join(" "), filter.substituted)
    };
    let d = Latched { destructive: true, ..Latched::default() };
    let o = Latched { obstructive: true, ..Latched::default() };
    let n = Latched { nuisance: true, ..Latched::default() };
    let substituted: BTreeMap<String, String> = [("block".to_owned(), "disallow".to_owned())].into();
    let block: &[(&str, &[&str])] = &[BLOCK, ("tag", &["t"])];
    assert_eq!(decided(block, d), (Decision::Refuse, "disallow tag".into(), "block".into(), substituted));
    let both: &[(&str, &[&str])] = &[BLOCK, ("disallow", &[])];
    assert_eq!(decided(both, d), (Decision::Refuse, "disallow".into(), "block".into(), BTreeMap::new()));
    assert_eq!(decided(block, o), (Decision::Allow, "tag".into(), "block".into(), BTreeMap::new()));
    let warn: &[(&str, &[&str])] = &[("warn", &[]), ("disallow", &[])];
    assert_eq!(
        decided(warn, n),
        (Decision::Refuse, "disallow".into(), "warn".into(), BTreeMap::new()),
        "as if it had been shown"
    );
    let throttled: &[(&str, &[&str])] = &[("throttle", &["", "9,9", "user"]), BLOCK];
    assert_eq!(decided(throttled, o), (Decision::Allow, "throttle".into(), String::new(), BTreeMap::new()));
}

fn actions() -> impl Strategy<Value = Vec<(&'static str, &'static [&'static str])>> {
    const ALL: [(&str, &[&str]); 9] = [
        ("throttle", &["", "1,60", "user"]),
        ("warn", &["w"]),
        ("showcaptcha", &[]),
        ("disallow", &["d"]),
        ("tag", &["t"]),
        ("blockautopromote", &[]),
        ("degroup", &[]),
        ("rangeblock", &[]),
        BLOCK,
    ];
    proptest::sample::subsequence(ALL.to_vec(), 0..=ALL.len())
}

proptest! {
    #[test]
    fn whatever_filters_match_the_reduction_holds(
        filters in proptest::collection::vec((actions(), any::<bool>(), any::<bool>()), 0..5),
        kind in 0_usize..3, is_session in any::<bool>(), latched in any::<(bool, bool, bool)>(), attempts in 1_usize..6,
    ) {
        let mut scene = Scene::default();
        scene.group.degraded_policy = DegradedPolicy::SilentOnly;
        let seats: Vec<Seat> = filters.iter().zip(1..).map(|((actions, is_farm, _), number)| {
            seat(if *is_farm { "*" } else { "enwiki" }, number, actions)
        }).collect();
        let actor_type = [ActorType::Named, ActorType::Temp, ActorType::Ip][kind];
        let brake = Latches(Latched { destructive: latched.0, obstructive: latched.1, nuisance: latched.2, without_refusal: false });
        let mut table = Table::default();
        for attempt in 0..attempts {
            let case = Case {
                actor_type, session_key: is_session.then_some("s"), now: at(1_000_000 + i64::try_from(attempt).unwrap()),
                ..scene.case()
            };
            let matched: Vec<_> = seats.iter().zip(&filters).map(|(seat, (_, _, is_degraded))| {
                Matched { seat, is_degraded: *is_degraded, ref_code: String::new() }
            }).collect();
            let decided = decide(&matched, &case, &table, &scene.sealer, &brake);
            prop_assert_eq!(&decided, &decide(&matched, &case, &table, &scene.sealer, &brake), "it is a function");
            prop_assert_eq!(decided.filters.len(), matched.len());
            let blocks = decided.filters.iter().filter(|filter| filter.taken.iter().any(|it| it == "block")).count();
            prop_assert!(blocks <= 1);
            for (filter, matched) in decided.filters.iter().zip(&matched) {
                let taken: Vec<_> = filter.taken.iter().map(|name| Consequence::find(name).unwrap()).collect();
                prop_assert!(taken.is_sorted() && taken.windows(2).all(|pair| pair[0] != pair[1]));
                let has_destructive = taken.iter().any(|it| it.class() == Some(crate::model::Class::Destructive));
                prop_assert!(!(has_destructive && taken.contains(&Consequence::Disallow)));
                for held_back in [Consequence::Throttle, Consequence::Warn] {
                    prop_assert!(!taken.contains(&held_back) || taken.len() == 1, "{taken:?}");
                }
                let is_substitute = |it: &Consequence| *it == Consequence::Disallow && !filter.substituted.is_empty();
                prop_assert!(taken.iter().all(|it| matched.seat.filter.actions.has(*it) || is_substitute(it)));
                prop_assert!(taken.iter().filter_map(|it| it.class()).all(|class| !brake.0.holds(class)));
                if matched.is_degraded {
                    prop_assert!(taken.iter().all(|it| matches!(it, Consequence::Throttle | Consequence::Tag)));
                }
                if brake.0.obstructive {
                    prop_assert!(filter.substituted.is_empty());
                }
            }
            let names = |name: &str| decided.filters.iter().any(|filter| filter.taken.iter().any(|it| it == name));
            let refuses = ["disallow", "blockautopromote", "degroup", "rangeblock", "block"].iter().any(|name| names(name));
            let expected = if refuses { Decision::Refuse } else if names("showcaptcha") { Decision::Challenge }
                else if names("warn") { Decision::Warn } else { Decision::Allow };
            prop_assert_eq!(decided.decision, expected);
            prop_assert_eq!(decided.decision == Decision::Allow, decided.messages.is_empty() && !names("showcaptcha"));
            table.apply(&decided.changes);
        }
    }
}
