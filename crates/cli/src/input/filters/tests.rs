//! Behaviour of the filter reader, on files of our own writing.

use super::*;

fn load(name: &str, text: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    load_filters(&path, None)
}

/// Id and rule of what was read, then what was refused, then what is odd; places without their folder.
fn outline(loaded: &Loaded) -> Vec<String> {
    let local = |message: String| message.rsplit_once('/').map_or(message.clone(), |(_, local)| local.to_owned());
    let filters = loaded.filters.iter().map(|filter| format!("{} = {}", filter.id, filter.rule));
    let errors = loaded.errors.iter().map(|error| local(error.to_string()));
    let doubts = loaded.doubts.iter().map(|doubt| local(doubt.to_string()));
    filters.chain(errors).chain(doubts).collect()
}

#[test]
fn json_lines_are_one_filter_each() {
    let loaded = load(
        "f.jsonl",
        "{\"id\":1,\"rule\":\"a\\nb\",\"wiki\":\"w\",\"description\":\"d\",\"actions\":[\"warn\",\"tag\"],\"enabled\":false,\"deleted\":true,\"global\":true,\"group\":\"flow\",\"hidden\":true}\n\n{\"id\":\"two\",\"rule\":\"b\"}\n",
    );
    assert!(loaded.errors.is_empty() && loaded.doubts.is_empty());
    let [first, second] = loaded.filters.as_slice() else { panic!("{loaded:?}") };
    assert_eq!(
        (first.id.as_str(), first.rule.as_str(), first.wiki.as_deref(), first.name.as_str()),
        ("1", "a\nb", Some("w"), "d")
    );
    assert_eq!(
        (first.enabled, first.deleted, first.global, first.hidden, first.group.as_str()),
        (false, true, true, true, "flow")
    );
    assert_eq!(first.actions, ["warn", "tag"]);
    assert_eq!(
        (second.id.as_str(), second.enabled, second.group.as_str(), second.place.line),
        ("two", true, "default", 3)
    );
}

#[test]
fn arrays_and_objects_over_several_lines_are_read_too() {
    let expected = ["1 = a", "2 = b"];
    assert_eq!(outline(&load("f", "[{\"id\":1,\"rule\":\"a\"},\n {\"id\":2,\"rule\":\"b\"}]")), expected);
    assert_eq!(
        outline(&load("f", "{\n  \"id\": 1,\n  \"rule\": \"a\"\n}\n{\n  \"id\": 2,\n  \"rule\": \"b\"\n}\n")),
        expected
    );
}

#[test]
fn both_generations_of_exports_are_read() {
    let export = |privacy: &str| {
        format!(
            "{{\"data\":{{\"rules\":\"a\\r\\nb\",\"name\":\"N\",\"comments\":\"\",\"group\":\"default\",\"actions\":{{\"warn\":[\"m\"]}},\"enabled\":true,\"deleted\":false,{privacy},\"global\":false}},\"actions\":{{\"warn\":[\"m\"]}}}}"
        )
    };
    for (privacy, hidden) in [
        ("\"hidden\":true", true),
        ("\"hidden\":false", false),
        ("\"privacylevel\":0", false),
        ("\"privacylevel\":1", true),
        ("\"privacylevel\":2", false),
        ("\"privacylevel\":3", true),
    ] {
        let loaded = load("spam.json", &export(privacy));
        assert!(loaded.errors.is_empty() && loaded.doubts.is_empty(), "{loaded:?}");
        let filter = &loaded.filters[0];
        assert_eq!(
            (filter.id.as_str(), filter.name.as_str(), filter.rule.as_str(), filter.hidden),
            ("spam", "N", "a\r\nb", hidden),
            "{privacy}"
        );
        assert_eq!(filter.actions, ["warn"]);
    }
    let several =
        [export("\"privacylevel\":0"), export("\"privacylevel\":0").replace("{\"warn\":[\"m\"]}", "[]")].join("\n");
    let loaded = load("spam.json", &several);
    assert_eq!(
        loaded.filters.iter().map(|filter| (filter.id.as_str(), filter.actions.len())).collect::<Vec<_>>(),
        [("spam-1", 1), ("spam-2", 0)]
    );
}

#[test]
fn anything_else_is_one_rule_named_after_its_file() {
    for rule in ["action == 'edit'\n", "[\"a\", \"b\"] contains user_name", "/* { */ 1"] {
        let loaded = load("my-rule.txt", rule);
        assert_eq!(outline(&loaded), [format!("my-rule = {rule}")]);
        assert_eq!(loaded.filters[0].name, "my-rule");
    }
    assert_eq!(outline(&load("x.rule", "{")), ["x = {"], "the ending decides; the parser of rules will refuse it");
}

#[test]
fn a_broken_entry_is_named_and_costs_itself_only() {
    let good = "{\"id\":9,\"rule\":\"r\"}";
    let check = |bad: &str, message: &str| {
        assert_eq!(
            outline(&load("f.jsonl", &format!("{good}\n{bad}\n{good}\n"))),
            ["9 = r", "9 = r", message],
            "{bad}"
        );
    };
    check(
        "{\"id\":1,\"rule\":\"cut of",
        "f.jsonl:2: the JSON ends in the middle of a value. The file was probably cut off here",
    );
    check("{\"id\":1,", "f.jsonl:2: the JSON ends in the middle of a value. The file was probably cut off here");
    check("{\"id\":1 \"rule\":\"r\"}", "f.jsonl:2:9: not a valid record: expected `,` or `}`");
    check("{\"id\":1}", "f.jsonl:2: the record has no `rule`");
    check("{\"id\":1,\"rule\":7}", "f.jsonl:2: `rule` cannot be 7: expected a text");
    check(
        "{\"id\":[],\"rule\":\"r\"}",
        "f.jsonl:2: `id` cannot be a list: expected a number or a text that is not empty",
    );
    check(
        "{\"id\":1,\"rule\":\"r\",\"enabled\":\"yes\"}",
        "f.jsonl:2: `enabled` cannot be \"yes\": expected true or false",
    );
    check("{\"data\":{\"name\":\"r\"}}", "f.jsonl:2: the record has no `data.rules`");
    check("17", "f.jsonl:2: `entry` cannot be 17: expected an object with `id` and `rule`, or an export");
    let last = format!("{good}\n{{\"id\":1,\"ru");
    assert_eq!(
        outline(&load("f.jsonl", &last)),
        ["9 = r", "f.jsonl:2: the JSON ends in the middle of a value. The file was probably cut off here"]
    );
}

#[test]
fn misspelt_fields_are_doubted_and_unknown_ones_are_not() {
    assert_eq!(
        outline(&load("f.jsonl", "{\"id\":1,\"rule\":\"r\",\"enabeld\":false,\"colour\":\"red\"}")),
        ["1 = r", "f.jsonl:1: the unknown field \"enabeld\" was ignored: is it meant to be `enabled`?"]
    );
}

#[test]
fn a_folder_is_all_its_files_by_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.rule"), "second").unwrap();
    fs::write(folder.path().join("a.json"), "{\"id\":1,\"rule\":\"first\"}").unwrap();
    fs::write(folder.path().join("c.txt"), b"bad \xff").unwrap();
    fs::write(folder.path().join(".hidden"), "no").unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let loaded = load_filters(folder.path(), None);
    assert_eq!(outline(&loaded), ["1 = first", "b = second", "c.txt:1 (byte 4): not UTF-8. Convert the file"]);
}

#[test]
fn finding_nothing_is_an_error() {
    assert_eq!(outline(&load("f.jsonl", "\n")), ["f.jsonl: holds no filter"]);
    assert_eq!(outline(&load("f.jsonl", "[]")), ["f.jsonl: holds no filter"]);
    let empty = tempfile::tempdir().unwrap();
    assert!(load_filters(empty.path(), None).errors[0].to_string().ends_with(": holds no filter"));
    assert!(matches!(load_filters(Path::new("no/such"), None).errors[0].cause, Cause::Open(_)));
}

#[test]
fn the_caller_can_insist_on_a_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "{\"id\":1,\"rule\":\"r\"}").unwrap();
    assert_eq!(load_filters(&path, Some(FilterFormat::Rule)).filters[0].rule, "{\"id\":1,\"rule\":\"r\"}");
}
