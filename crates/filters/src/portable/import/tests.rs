use super::*;
use crate::portable::{Format, export};
use proptest::prelude::*;

const KEEP: ImportOptions = ImportOptions { drop_unknown: false, keep_enabled: true, is_farm: true };

fn read(text: &str, options: ImportOptions) -> Result<Parsed, Vec<(&'static str, String)>> {
    let named = |problem: Problem| problem.0.into_iter().map(|it| (it.code, it.field)).collect();
    parse(text, options, &Registry::builtin()).map_err(named)
}

fn drafts() -> impl Strategy<Value = Draft> {
    let state = prop_oneof![Just(State::Enabled), Just(State::Disabled), Just(State::Shadow)];
    let consequence = prop_oneof![Just("block"), Just("tag"), Just("warn"), Just("review")].prop_map(str::to_owned);
    let actions = proptest::collection::btree_map(consequence, proptest::collection::vec(any::<String>(), 0..4), 0..4);
    let texts = (any::<String>(), any::<String>(), any::<String>());
    (state, texts, actions, -1000..1000_i32, 0..8_i64, any::<bool>()).prop_map(
        |(state, (name, rules, notes), actions, priority, bits, is_scoped)| Draft {
            state,
            group: "newsletter".into(),
            name,
            rules,
            notes,
            actions: Actions(actions),
            priority,
            tier: if priority > 0 { Tier::Critical } else { Tier::Normal },
            privacy: Privacy::from_bits(bits).unwrap(),
            scope: is_scoped.then(|| Scope { include: vec!["set:small".parse().unwrap()], exclude: Vec::new() }),
            brake_profile: BrakeProfile::Compat,
            maintainers: Vec::new(),
            tests: Vec::new(),
        },
    )
}

proptest! {
    #[test]
    fn what_was_exported_is_imported(draft in drafts(), caps in proptest::option::of((1..=500_u32, 500..=500_u32))) {
        let parsed = read(&export(&draft, true, caps, Format::Extended), KEEP).unwrap();
        prop_assert_eq!((&parsed.draft, parsed.caps), (&draft, caps));
        prop_assert_eq!(export(&draft, true, caps, Format::Plain), export(&draft, true, None, Format::Plain));
        let plain = read(&export(&draft, true, caps, Format::Plain), KEEP).unwrap().draft;
        prop_assert_eq!((plain.rules, plain.name, plain.notes), (draft.rules, draft.name, draft.notes));
        prop_assert_eq!((plain.actions, plain.privacy, plain.group), (draft.actions, draft.privacy, draft.group));
    }

    #[test]
    fn nothing_makes_it_panic(text in any::<String>()) {
        let _ = read(&text, KEEP);
    }
}

/// As AbuseFilter writes a hidden filter with a tag and a message of its own.
const ABUSEFILTER: &str = r#"{"data":{"rules":"user_age \u003C 3600 \u0026\r\nadded_lines rlike \"\\bsp\u00e4m/\"","name":"Link \u003Cspam\u003E \ud83d\ude00","comments":"","group":"default","actions":{"disallow":["abusefilter-disallowed"],"tag":["possible spam"]},"enabled":true,"deleted":false,"privacylevel":1,"global":false},"actions":{"disallow":["abusefilter-disallowed"],"tag":["possible spam"]}}"#;

#[test]
fn a_text_of_abusefilter_comes_back_byte_for_byte() {
    let parsed = read(ABUSEFILTER, KEEP).unwrap();
    assert_eq!(parsed.draft.rules, "user_age < 3600 &\r\nadded_lines rlike \"\\bspäm/\"");
    assert_eq!(export(&parsed.draft, false, parsed.caps, Format::Plain), ABUSEFILTER);
    let empty = r#"{"data":{"rules":"1","name":"n","comments":"","group":"default","actions":[],"enabled":false,"deleted":false,"privacylevel":0,"global":false},"actions":[]}"#;
    assert_eq!(export(&read(empty, KEEP).unwrap().draft, false, None, Format::Plain), empty);
}

#[test]
fn older_texts_and_other_orders_are_read() {
    let parsed = read(r#"{"actions":[],"data":{"hidden":true,"name":"n","rules":"1"}}"#, KEEP).unwrap();
    assert!(parsed.draft.privacy.is_hidden);
    assert_eq!((parsed.draft.group.as_str(), parsed.draft.state), ("default", State::Disabled));
    let numbered =
        read(r#"{"data":{"name":"n","rules":"1","actions":{"throttle":{"1":"3,60","2":"user"}}}}"#, KEEP).unwrap();
    assert_eq!(numbered.draft.actions.0["throttle"], ["3,60", "user"]);
}

#[test]
fn an_imported_filter_is_disabled_unless_wished_otherwise() {
    assert_eq!(read(ABUSEFILTER, ImportOptions::default()).unwrap().draft.state, State::Disabled);
    assert_eq!(read(ABUSEFILTER, KEEP).unwrap().draft.state, State::Enabled);
    let group = ABUSEFILTER.replace("\"group\":\"default\"", "\"group\":\"feedback\"");
    let parsed = read(&group, KEEP).unwrap();
    assert_eq!((parsed.draft.group.as_str(), parsed.draft.state), ("default", State::Disabled));
    assert_eq!(parsed.warnings[0].code, "group_replaced");
}

#[test]
fn what_is_no_export_is_told_apart_from_one_that_was_cut_off() {
    let said = |text: &str| parse(text, KEEP, &Registry::builtin()).unwrap_err().0[0].message.clone();
    for end in [1, 20, ABUSEFILTER.len() - 1] {
        assert_eq!(said(ABUSEFILTER.get(..end).unwrap()), "the text ends in the middle of an exported filter");
    }
    assert_eq!(said("[]"), "the text is not a JSON object");
    assert_eq!(said("{\"data\": nothing}"), "the text is not JSON from character 11 of line 1 on");
}

#[test]
fn what_cannot_be_taken_over_is_told() {
    let unknown = ABUSEFILTER.replace("\"tag\":", "\"explode\":");
    assert_eq!(read(&unknown, KEEP), Err(vec![("unknown_consequence", "actions.explode".into())]));
    let parsed = read(&unknown, ImportOptions { drop_unknown: true, ..KEEP }).unwrap();
    assert!(!parsed.draft.actions.0.contains_key("explode"));
    let global = ABUSEFILTER.replace("\"global\":false", "\"global\":true");
    let warnings =
        |text: &str, options| read(text, options).unwrap().warnings.into_iter().map(|it| it.code).collect::<Vec<_>>();
    assert_eq!(warnings(&global, ImportOptions::default()), ["global_dropped"]);
    assert_eq!(warnings(&global, KEEP), [""; 0]);
    assert_eq!(warnings(&ABUSEFILTER.replace("[\"abusefilter-disallowed\"]", "[\"own\"]"), KEEP), ["custom_message"]);
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"data":[]}"#,
        r#"{"data":{"name":"n"}}"#,
        r#"{"data":{"name":"n","rules":1}}"#,
        r#"{"data":{"name":"n","rules":"1","privacylevel":8}}"#,
        r#"{"data":{"name":"n","rules":"1","actions":{"tag":"x"}}}"#,
    ] {
        assert!(matches!(read(bad, KEEP), Err(found) if found[0].0 == "bad_import"), "{bad}");
    }
}

#[test]
fn ceilings_that_cannot_be_are_refused() {
    let read_caps = |caps: &str| {
        let text = format!(r#"{{"data":{{"rules":"1","name":"n"}},"wikiward":{{"caps":{caps}}}}}"#);
        read(&text, KEEP).map(|parsed| parsed.caps)
    };
    assert_eq!(read_caps(r#"{"h":3,"day":5}"#), Ok(Some((3, 5))));
    assert_eq!(read_caps("null"), Ok(None));
    for wrong in [
        r#"{"h":0,"day":5}"#,
        r#"{"h":6,"day":5}"#,
        r#"{"h":1,"day":501}"#,
        r#"{"h":1}"#,
        "[3,5]",
        "7",
        r#"{"h":-1,"day":1}"#,
    ] {
        assert_eq!(read_caps(wrong), Err(vec![("bad_import", "wikiward.caps".to_owned())]), "{wrong}");
    }
}
