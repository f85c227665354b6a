//! The commands of the service as people and programs use them: the real program, its own database, its own port.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use wikiward_testkit::service::{Address, Client, Launch, Process};

const RULE: &str = "action == \"edit\" &\n\"buy now\" in lcase(summary)\n";

/// A folder with a service's data, and the program that works on it.
struct Farm {
    folder: TempDir,
    data: PathBuf,
    listen: String,
}

/// What a run left behind.
#[derive(Debug)]
struct Left {
    code: i32,
    out: String,
    err: String,
}

impl Farm {
    /// A folder, and a service that runs on it.
    fn started() -> (Self, Process) {
        let folder = TempDir::new().unwrap();
        let launch = Launch::new(Path::new(env!("CARGO_BIN_EXE_wikiward")), folder.path(), None).unwrap();
        let process = launch.start().unwrap();
        let data = launch.database().parent().unwrap().to_owned();
        let listen = launch.address.to_string();
        (Self { folder, data, listen }, process)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Runs a command on the database.
    fn run(&self, arguments: &[&str]) -> Left {
        run(&self.data, &self.listen, arguments, "")
    }

    /// Runs a command that must work; gives what it printed.
    fn good(&self, arguments: &[&str]) -> String {
        let left = self.run(arguments);
        assert_eq!(left.code, 0, "{arguments:?}: {left:?}");
        left.out
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.good(arguments)).unwrap()
    }
}

fn run(data: &Path, listen: &str, arguments: &[&str], input: &str) -> Left {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wikiward"))
        .args(arguments)
        .env_clear()
        .env("WIKIWARD_DATA_DIR", data)
        .env("WIKIWARD_LISTEN", listen)
        .env("WIKIWARD_METRICS_LISTEN", "")
        .env("WIKIWARD_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Left { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn edit(action: &str, summary: &str) -> Value {
    json!({
        "wiki": "testwiki", "group": "default", "action": {"id": action, "kind": "edit"}, "mode": "enforce",
        "actor": {"id": 7, "name": "Example", "type": "named"}, "target": {"ns": 0, "title": "Foo", "page_id": 12},
        "vars": {"action": "edit", "summary": summary, "old_wikitext": "a", "new_wikitext": "b"}, "lazy": [],
    })
}

/// Asks until the running service knows what another process has changed; bounded.
fn judged(client: &mut Client, wanted: &str) -> Value {
    let mut last = String::new();
    for attempt in 0..400 {
        let body = edit(&format!("try-{attempt}"), "Buy now!").to_string();
        let answer = client.call("POST", "/v1/evaluate", "application/json", body.as_bytes()).unwrap();
        let answered = answer.json();
        if answered["decision"] == wanted {
            return answered;
        }
        last = format!("{} {answered}", answer.status);
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("the service never answered {wanted}: {last}");
}

#[test]
fn a_farm_is_begun_serves_and_moves() {
    let (farm, process) = Farm::started();
    farm.good(&["wiki", "add", "testwiki", "--url", "https://test.example/", "--label", "Test wiki"]);
    let token = farm.good(&["token", "create", "testwiki", "--label", "MediaWiki", "--scope", "evaluate"]);
    assert!(
        token.starts_with("wws_") && token.ends_with('\n') && token.lines().count() == 1,
        "only the secret: {token}"
    );
    let rule = farm.file("spam.rule", RULE);
    let action = "tag=possible spam";
    let made = farm.good(&[
        "filter",
        "save",
        "testwiki",
        &rule,
        "--name",
        "Link spam",
        "--state",
        "enabled",
        "--action",
        action,
        "--action",
        "disallow",
    ]);
    assert_eq!(made, "Filter 1 of testwiki is created: enabled.\n");

    // One edit, over HTTP.
    let mut client = Client::new(process.address().clone(), Some(token.trim()));
    let answer = judged(&mut client, "refuse");
    assert_eq!(answer["matched"][0]["gid"], "1", "{answer}");
    let code = answer["messages"][0]["ref_code"].as_str().unwrap().to_owned();
    let list = farm.good(&["hit", "list", "testwiki", "--ref-code", &code]);
    assert!(list.contains("Example") && list.contains("disallow") && list.contains(&code), "{list}");
    let hit = farm.json(&["hit", "list", "testwiki", "--ref-code", &code, "--json"]);
    let id = hit["id"].as_str().unwrap();
    let shown = farm.good(&["hit", "show", "testwiki", id]);
    assert!(shown.contains("\nname        Link spam\n") && shown.contains("\n  summary: Buy now!\n"), "{shown}");

    steered(&farm, id);
    let shown = farm.good(&["hit", "show", "testwiki", id]);
    let stats = farm.good(&["stats", "testwiki"]);
    assert!(stats.contains(" default ") || stats.contains("Nothing was judged"), "{stats}");

    let doctor = farm.json(&["doctor", "--json"]);
    assert_eq!(doctor["ok"], true, "{doctor:#}");
    let address = doctor["checks"].as_array().unwrap().iter().find(|check| check["check"] == "address").unwrap();
    assert!(address["found"].as_str().unwrap().ends_with("a Wikiward answers, and is ready"), "{address}");

    // Everything moves to another folder.
    let backup = farm.folder.path().join("all.backup").display().to_string();
    farm.good(&["backup", "--to", &backup]);
    assert_eq!(farm.run(&["backup", "--to", &backup]).code, 2, "a backup is never written over another file");
    let other = farm.folder.path().join("other");
    let there = |arguments: &[&str]| run(&other, "127.0.0.1:0", arguments, "");
    assert_eq!(there(&["restore", "--from", &backup]).code, 0);
    fs::copy(farm.data.join("secret.key"), other.join("secret.key")).unwrap();
    let verified = there(&["audit", "verify"]);
    assert_eq!((verified.code, verified.out.as_str()), (0, "The audit log is whole: 6 entries.\n"), "{verified:?}");
    let moved = there(&["hit", "show", "testwiki", id]);
    assert_eq!(moved.out, shown, "{moved:?}");
    let again = there(&["restore", "--from", &backup]);
    assert!(again.code == 2 && again.err.contains("is not empty"), "{again:?}");

    process.stop().unwrap();
}

/// What people do about a hit.
fn steered(farm: &Farm, id: &str) {
    let assessed = farm.good(&["hit", "assess", "testwiki", id, "false-positive", "--note", "a quotation"]);
    assert_eq!(assessed, "Noted: false positive.\n");
    assert_eq!(farm.good(&["hit", "hide", "testwiki", id, "--reason", "names"]), "1 hit is hidden.\n");
    assert_eq!(farm.json(&["hit", "show", "testwiki", id, "--json"])["hidden"], true);
    assert_eq!(farm.good(&["hit", "show-again", "testwiki", id]), "1 hit is shown again.\n");
    let shown = farm.good(&["hit", "show", "testwiki", id]);
    assert!(shown.contains("false_positive") && shown.contains("a quotation"), "{shown}");
    let details = farm.json(&["hit", "private-details", "testwiki", id, "--reason", "a test", "--json"]);
    assert_eq!((&details["user"], &details["ip"]), (&json!("Example"), &Value::Null));
    assert_eq!(farm.run(&["hit", "hide", "testwiki", "01jd3q5v7m8n9p0q1r2s3t4v5w"]).code, 1);
    let none = farm.run(&["filter", "stats", "testwiki", "77"]);
    assert_eq!((none.code, none.err.as_str()), (1, "error: there is nothing here that you may see (not_found)\n"));
}

#[test]
fn a_farm_wide_filter_is_left_out_by_a_wiki() {
    let (farm, process) = Farm::started();
    farm.good(&["wiki", "add", "testwiki", "--url", "https://test.example/"]);
    let rule = farm.file("spam.rule", RULE);
    farm.good(&["filter", "save", "*", &rule, "--name", "Link spam", "--state", "enabled", "--action", "disallow"]);
    let optout = |more: &[&str]| farm.good(&[&["filter", "optout", "testwiki", "global-1"], more].concat());
    assert_eq!(optout(&[]), "testwiki has global-1 as the farm has it.\n");
    let log = optout(&["--mode", "log", "--reason", "too many"]);
    assert_eq!(log, "On testwiki, global-1 leaves rows and does nothing.\n");
    assert_eq!(optout(&[]), log);
    assert_eq!(
        optout(&["--mode", "without", "--consequence", "disallow"]),
        "On testwiki, global-1 runs without: disallow.\n"
    );
    assert_eq!(optout(&["--mode", "off"]), "testwiki has switched global-1 off.\n");
    assert_eq!(optout(&["--mode", "on"]), "testwiki has global-1 as the farm has it.\n");
    let stats = farm.json(&["filter", "stats", "*", "1", "--json"]);
    assert_eq!((&stats["filter"], &stats["wikis"]), (&json!("global-1"), &json!({})));
    process.stop().unwrap();
}

#[test]
fn a_filter_is_saved_refused_and_in_conflict() {
    let (farm, process) = Farm::started();
    farm.good(&["wiki", "add", "testwiki", "--url", "https://test.example/"]);
    let bad = farm.file("bad.rule", "action == \"edit\" &\n");
    let refused = farm.run(&["filter", "save", "testwiki", &bad, "--state", "enabled", "--action", "throttle=x"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
    for part in [
        "error[missing_fields]: ",
        "error[bad_syntax]: ",
        "bad.rule, rules:1:",
        "1 | action == \"edit\" &\n",
        "error[throttle_groups_empty]: ",
        "error: the filter was not saved (invalid)\n",
    ] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }

    let rule = farm.file("spam.rule", RULE);
    farm.good(&["filter", "save", "testwiki", &rule, "--name", "Link spam"]);
    let same = farm.good(&["filter", "save", "testwiki", &rule, "--id", "1"]);
    assert_eq!(same, "Nothing differs from version 1 of filter 1 of testwiki: nothing was saved.\n");
    assert_eq!(farm.good(&["filter", "show", "testwiki", "1", "--rule"]), RULE);
    let document = farm.file("1.json", &farm.good(&["filter", "show", "testwiki", "1", "--json"]));
    let saved = farm.good(&["filter", "save", "testwiki", &document, "--state", "disabled", "--reason", "a rest"]);
    assert_eq!(saved, "Filter 1 of testwiki is saved as version 2: disabled.\n");
    let conflict = farm.run(&["filter", "save", "testwiki", &document, "--name", "Other"]);
    assert_eq!(conflict.code, 1);
    let wanted = "error: version 2 was saved by operator in between. Nothing was saved (edit_conflict)\n  \
                  they changed state: draft → disabled\n  help: ";
    assert!(conflict.err.starts_with(wanted), "{}", conflict.err);
    assert!(conflict.err.ends_with("or save yours over theirs with --over 2\n"), "{}", conflict.err);
    // A plain rule over a version has that version's other fields.
    let plain = farm.run(&["filter", "save", "testwiki", &rule, "--id", "1", "--over", "1", "--name", "Other"]);
    assert!(plain.code == 1 && plain.err.contains("(edit_conflict)"), "{}", plain.err);
    let same = farm.good(&["filter", "save", "testwiki", &rule, "--id", "1", "--over", "2"]);
    assert_eq!(same, "Nothing differs from version 2 of filter 1 of testwiki: nothing was saved.\n");
    let check = farm.good(&[
        "filter", "save", "testwiki", &document, "--over", "2", "--state", "disabled", "--name", "N", "--check",
    ]);
    assert_eq!(check, "It could be saved. Differs in: name.\n");
    let diff = farm.good(&["filter", "diff", "testwiki", "1"]);
    assert_eq!(diff, "version 1 → version 2\nstate: draft → disabled\n");

    let exported = farm.file("all.jsonl", &farm.good(&["filter", "export", "testwiki"]));
    let imported = farm.good(&["filter", "import", "testwiki", &exported]);
    assert_eq!(imported, "Link spam: imported as filter 2, disabled\n1 of 1 imported.\n");
    let (filter, export) =
        (farm.run(&["filter", "show", "testwiki", "3"]), farm.run(&["filter", "save", "testwiki", &exported]));
    assert_eq!((filter.code, filter.err.as_str()), (1, "error: there is nothing here that you may see (not_found)\n"));
    assert!(export.code == 2 && export.err.contains("`wikiward filter import` reads it"), "{export:?}");
    process.stop().unwrap();
}

#[test]
fn people_get_accounts_and_programs_lose_tokens() {
    let (farm, process) = Farm::started();
    let link = farm.good(&["account", "create", "alex", "--right", "*:all"]);
    assert!(link.starts_with("http://") && link.contains("wwt_") && link.lines().count() == 1, "{link}");
    let password = ["account", "password", "Alex", "--password-stdin"];
    let weak = run(&farm.data, &farm.listen, &password, "short\n");
    assert_eq!(weak.code, 1, "{weak:?}");
    let set = run(&farm.data, &farm.listen, &password, "a long enough passphrase\n");
    assert_eq!((set.code, set.out.contains("passphrase")), (0, false), "{set:?}");
    let changed = farm.json(&["account", "rights", "alex", "--revoke", "*:viewsuppressed", "--json"]);
    let rights = changed["rights"]["*"].as_array().unwrap();
    assert!(rights.contains(&json!("wikiward-audit-log")) && !rights.contains(&json!("viewsuppressed")), "{changed}");
    let last = farm.run(&["account", "disable", "alex"]);
    assert!(last.code == 1 && last.err.contains("last account that may manage accounts"), "{last:?}");

    farm.good(&["wiki", "add", "testwiki", "--url", "https://test.example/"]);
    let token = farm.good(&["token", "create", "*", "--label", "t", "--scope", "evaluate", "--expires", "12h"]);
    farm.good(&["token", "revoke", token.trim(), "--reason", "leaked"]);
    let tokens = farm.json(&["token", "list", "--json"]);
    assert!(tokens["revoked_at"].is_string() && !tokens.to_string().contains(token.trim()), "{tokens}");

    // Over HTTP, without the right.
    let Address::Tcp(address) = process.address() else { panic!("a port was asked for") };
    let url = format!("http://{address}");
    let forbidden = farm.run(&["token", "list", "--server", &url]);
    assert!(forbidden.code == 1 && forbidden.err.contains("(forbidden)\n  help: "), "{forbidden:?}");
    let unknown = farm.run(&["filter", "list", "testwiki", "--server", &url, "--token", "wws_x"]);
    assert!(unknown.code == 1 && unknown.err.contains("(unauthenticated)"), "{unknown:?}");
    assert_eq!(farm.run(&["wiki", "list", "--server", "http://127.0.0.1:1"]).code, 2);
    process.stop().unwrap();
}

/// An edit by one of many people in good standing, each from a range of their own; asked until it is judged so, bounded.
fn good_edit(client: &mut Client, person: u32, wanted: &str) {
    for attempt in 0..400 {
        let mut edit = edit(&format!("good-{person}-{attempt}"), "Buy now!");
        edit["actor"] = json!({
            "id": 100 + person, "name": format!("Good {person}"), "type": "named", "groups": ["*", "user"],
            "edit_count": 1_000, "age_s": 100_000_000, "blocked": false,
        });
        edit["request"] = json!({"ip": format!("10.0.{person}.1")});
        let answer = client.call("POST", "/v1/evaluate", "application/json", edit.to_string().as_bytes()).unwrap();
        if answer.json()["decision"] == wanted {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("the edit of person {person} was never answered {wanted}");
}

#[test]
fn a_braked_filter_is_reactivated_and_held_from_another_machine() {
    let (farm, process) = Farm::started();
    farm.good(&["wiki", "add", "testwiki", "--url", "https://test.example/"]);
    let token = farm.good(&["token", "create", "testwiki", "--label", "MediaWiki", "--scope", "evaluate"]);
    let rule = farm.file("spam.rule", RULE);
    let save = ["filter", "save", "testwiki", &rule, "--name", "Spam", "--state", "enabled", "--action", "disallow"];
    farm.good(&save);
    let mut client = Client::new(process.address().clone(), Some(token.trim()));
    judged(&mut client, "refuse");
    for person in 0..4 {
        good_edit(&mut client, person, "refuse");
    }
    // The fifth person is let through: the filter is braked.
    good_edit(&mut client, 4, "allow");

    // Somebody with an account, who has no database here.
    farm.good(&["account", "create", "alex", "--right", "*:all"]);
    let password = ["account", "password", "Alex", "--password-stdin"];
    assert_eq!(run(&farm.data, &farm.listen, &password, "a long enough passphrase\n").code, 0);
    let Address::Tcp(address) = process.address() else { panic!("a port was asked for") };
    let url = format!("http://{address}");
    let body = json!({"method": "password", "name": "Alex", "password": "a long enough passphrase"}).to_string();
    let session = client.call("POST", "/v1/sessions", "application/json", body.as_bytes()).unwrap().json();
    let secret = session["secret"].as_str().unwrap_or_else(|| panic!("no session: {session}")).to_owned();
    let elsewhere = farm.folder.path().join("elsewhere");
    let from_afar = |arguments: &[&str]| {
        let left = run(&elsewhere, "127.0.0.1:0", &[arguments, &["--server", &url, "--token", &secret]].concat(), "");
        assert_eq!(left.code, 0, "{arguments:?}: {left:?}");
        left.out
    };
    let mut brake = String::new();
    for _ in 0..400 {
        brake = from_afar(&["filter", "brake", "testwiki", "1"]);
        if brake.contains("\nbraked ") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    assert!(brake.contains(" A ") && brake.contains("Counted, of refusals"), "{brake}");
    let list = from_afar(&["filter", "list", "testwiki"]);
    assert!(list.contains("braked") && !list.contains("held until"), "{list}");
    let done = from_afar(&["filter", "reactivate", "testwiki", "1", "--because", "attack"]);
    assert!(done.contains("The filter is not braked."), "{done}");
    good_edit(&mut client, 10, "refuse");
    let prepare = ["filter", "hold", "testwiki", "1", "--seconds", "600", "--reason", "a flood, looked at", "--json"];
    let sheet: Value = serde_json::from_str(&from_afar(&prepare)).unwrap();
    assert!(sheet["hits_24h"]["good"].as_u64().unwrap() >= 6, "{sheet}");
    let (name, code) = (sheet["hold_id"].as_str().unwrap(), sheet["confirm_token"].as_str().unwrap());
    let confirm = ["--confirm", name, "--confirm-token", code, "--looked-at", "the last matches"];
    let held = from_afar(&[&["filter", "hold", "testwiki", "1"], &confirm[..]].concat());
    assert!(held.contains("held by") && held.contains("alex"), "{held}");
    for person in 20..27 {
        good_edit(&mut client, person, "refuse");
    }
    let ended = from_afar(&["filter", "hold", "testwiki", "1", "--end", name]);
    assert!(ended.contains("\nbraked ") && !ended.contains("held by"), "what stands against it counts: {ended}");
    // Of several, each by itself; whether all are done is said by the exit code.
    let some = farm.run(&["filter", "reactivate", "testwiki", "1", "99", "--because", "accepted"]);
    assert!(some.code == 1 && some.out.contains("not_found"), "{some:?}");
    let none = farm.run(&["filter", "reactivate", "testwiki", "1", "--because", "accepted"]);
    assert!(none.code == 1 && none.err.contains("not_braked"), "{none:?}");
    let history = farm.good(&["filter", "history", "testwiki", "1"]);
    assert!(history.contains("attack") && history.contains("accepted"), "why it was reactivated: {history}");
    assert!(!farm.good(&["filter", "list", "testwiki"]).contains("braked"));
    process.stop().unwrap();
}

#[test]
fn what_is_wrong_is_told_before_anything_starts() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.toml");
    let file = path.display().to_string();
    fs::write(&path, "[server]\nlitsen = []\n").unwrap();
    let data = folder.path().join("data");
    let there = |arguments: &[&str]| run(&data, "127.0.0.1:0", arguments, "");
    for command in [&["serve"][..], &["config", "check"], &["wiki", "list"]] {
        let left = there(&[command, &["--config", &file]].concat());
        let wanted = format!("error: {file}:2: there is no setting `server.litsen`. Did you mean `server.listen`?\n");
        assert_eq!((left.code, left.err), (2, wanted));
    }
    let doctor = there(&["doctor", "--config", &file]);
    assert!(doctor.code == 1 && doctor.out.starts_with("problem  configuration  "), "{doctor:?}");
    let nothing = there(&["filter", "list", "testwiki"]);
    assert!(nothing.code == 2 && nothing.err.contains("there is no database at"), "{nothing:?}");
    assert!(!data.exists(), "a question makes nothing");

    fs::write(&path, "[database]\nurl = \"postgres://u:sesame@h/n\"\n").unwrap();
    let shown = there(&["config", "show", "--config", &file]);
    assert!(shown.out.contains("url = \"postgres://u:…@h/n\"\n") && !shown.out.contains("sesame"), "{shown:?}");
    fs::write(&path, &shown.out).unwrap();
    assert_eq!(there(&["config", "check", "--config", &file]).out, "The configuration is good.\n");
    fs::write(&path, there(&["config", "example"]).out).unwrap();
    assert_eq!(there(&["config", "check", "--config", &file]).code, 0);
}
