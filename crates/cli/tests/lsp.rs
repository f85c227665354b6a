//! The language server, asked by a client of our own and by the one that editors are built on.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value as Json, json};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// An editor, as far as the protocol goes.
struct Editor {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    requests: i32,
    /// What the server told without being asked.
    heard: Vec<Notification>,
}

impl Editor {
    fn start(params: Json) -> (Self, Json) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wikiward"))
            .args(["rule", "lsp", "--known", "tor_exit_node"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut editor = Self { child, to, from, requests: 0, heard: Vec::new() };
        let greeting = editor.ask("initialize", params).unwrap();
        editor.tell("initialized", json!({}));
        (editor, greeting)
    }

    fn tell(&mut self, method: &str, params: Json) {
        Message::from(Notification::new(method.to_owned(), params)).write(&mut self.to).unwrap();
    }

    fn ask(&mut self, method: &str, params: Json) -> Result<Json, i32> {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        Message::from(Request::new(id.clone(), method.to_owned(), params)).write(&mut self.to).unwrap();
        loop {
            match Message::read(&mut self.from).unwrap().expect("the server answers before it goes") {
                Message::Response(response) => {
                    assert_eq!(response.id, id);
                    return response.response_result.map_err(|error| error.code);
                }
                Message::Notification(notification) => self.heard.push(notification),
                Message::Request(request) => unreachable!("the server asks nothing: {request:?}"),
            }
        }
    }

    fn open(&mut self, text: &str) {
        let document = json!({"uri": "file:///a.rule", "languageId": "abusefilter", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    fn change(&mut self, version: i64, changes: &Json) {
        let document = json!({"uri": "file:///a.rule", "version": version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    /// Asks about a place of the document.
    fn at(&mut self, method: &str, line: u32, character: u32) -> Json {
        let position = json!({"line": line, "character": character});
        self.ask(method, json!({"textDocument": {"uri": "file:///a.rule"}, "position": position})).unwrap()
    }

    fn format(&mut self) -> Json {
        let options = json!({"tabSize": 4, "insertSpaces": true});
        self.ask("textDocument/formatting", json!({"textDocument": {"uri": "file:///a.rule"}, "options": options}))
            .unwrap()
    }

    /// The newest diagnostics. A request that the server answers in between makes sure that they are there.
    fn diagnostics(&mut self) -> Json {
        self.at("textDocument/hover", 0, 0);
        let newest = self.heard.iter().rev().find(|one| one.method == "textDocument/publishDiagnostics");
        newest.unwrap().params.clone()
    }

    fn leave(mut self) {
        assert_eq!(self.ask("shutdown", Json::Null), Ok(Json::Null));
        self.tell("exit", Json::Null);
        drop(self.to);
        assert!(self.child.wait().unwrap().success());
        let mut rest = String::new();
        self.from.read_to_string(&mut rest).unwrap();
        let mut complaints = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        assert_eq!((rest.as_str(), complaints.as_str()), ("", ""));
    }
}

fn utf_16() -> Json {
    json!({"processId": null, "rootUri": null, "capabilities": {}})
}

fn range(line: u32, start: u32, end: u32) -> Json {
    json!({"start": {"line": line, "character": start}, "end": {"line": line, "character": end}})
}

#[test]
fn mistakes_are_told_when_a_document_opens_and_when_it_changes() {
    let (mut editor, _) = Editor::start(utf_16());
    editor.open("tor_exit_node &\n\"😀\" in added_line");
    let told = editor.diagnostics();
    assert_eq!((&told["uri"], &told["version"]), (&json!("file:///a.rule"), &json!(1)));
    let found = told["diagnostics"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{told}");
    assert_eq!(found[0]["range"], range(1, 8, 18));
    assert_eq!(
        (&found[0]["severity"], &found[0]["code"], &found[0]["source"]),
        (&json!(1), &json!("unrecognisedvar"), &json!("wikiward"))
    );
    editor.change(2, &json!([{"range": range(1, 18, 18), "text": "s"}]));
    let told = editor.diagnostics();
    let is_error = |one: &Json| one["severity"] == 1;
    assert_eq!(told["version"], 2);
    assert!(!told["diagnostics"].as_array().unwrap().iter().any(is_error), "{told}");
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": "file:///a.rule"}}));
    assert_eq!(editor.diagnostics()["diagnostics"], json!([]));
    editor.leave();
}

#[test]
fn positions_are_bytes_where_the_editor_knows_utf_8() {
    let general = json!({"positionEncodings": ["utf-8", "utf-16"]});
    let (mut editor, greeting) = Editor::start(json!({"capabilities": {"general": general}}));
    assert_eq!(greeting["capabilities"]["positionEncoding"], "utf-8");
    editor.open("\"😀\" in added_line");
    assert_eq!(editor.diagnostics()["diagnostics"][0]["range"], range(0, 10, 20));
    editor.leave();
    let (editor, greeting) = Editor::start(utf_16());
    assert_eq!(greeting["capabilities"]["positionEncoding"], "utf-16");
    editor.leave();
}

#[test]
fn words_and_operators_are_documented() {
    let (mut editor, _) = Editor::start(utf_16());
    editor.open("\"😀\" in added_lines & lcase(summary) == 1");
    let mut check = |character, words: [&str; 2], place| {
        let hover = editor.at("textDocument/hover", 0, character);
        let text = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(words.iter().all(|word| text.contains(word)), "{character}: {hover}");
        assert_eq!(hover["range"], place);
    };
    check(5, ["needle in text", "bot"], range(0, 5, 7));
    check(10, ["added_lines: array", "adds"], range(0, 8, 19));
    check(20, ["a & b", "left"], range(0, 20, 21));
    check(24, ["lcase(text) → string", "lower case"], range(0, 22, 27));
    assert_eq!(editor.at("textDocument/hover", 0, 2), Json::Null, "texts have no documentation");
    editor.leave();
}

#[test]
fn completion_offers_words_with_documentation_and_snippets_only_on_wish() {
    let find = |items: &Json, label: &str| {
        items.as_array().unwrap().iter().find(|item| item["label"] == label).cloned().unwrap_or_default()
    };
    let (mut editor, _) = Editor::start(utf_16());
    editor.open("mine := 1;\nmin");
    let items = editor.at("textDocument/completion", 1, 3);
    for label in ["mine", "added_lines", "tor_exit_node", "rlike", "lcase"] {
        assert!(find(&items, label)["documentation"]["value"].is_string(), "{label}");
    }
    assert!(find(&items, "lcase")["insertText"].is_null());
    editor.leave();
    let options = json!({"snippets": true, "known": ["user_app"], "release": "1.39"});
    let (mut editor, _) = Editor::start(json!({"capabilities": {}, "initializationOptions": options}));
    editor.open("");
    let items = editor.at("textDocument/completion", 0, 0);
    assert_eq!(find(&items, "lcase")["insertText"], "lcase($1)$0");
    assert!(find(&items, "user_app").is_object() && find(&items, "tor_exit_node").is_object());
    assert!(find(&items, "user_type").is_null(), "not in this release");
    editor.leave();
}

#[test]
fn a_document_is_laid_out_as_a_whole() {
    let (mut editor, _) = Editor::start(utf_16());
    editor.open("page_id>3&\n  user_age<4");
    let edits = editor.format();
    assert_eq!(edits.as_array().map(Vec::len), Some(1), "{edits}");
    assert_eq!(edits[0]["range"], json!({"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 12}}));
    let text = edits[0]["newText"].clone();
    editor.change(2, &json!([{"text": text}]));
    assert_eq!(editor.format(), json!([]), "once is enough");
    editor.change(3, &json!([{"text": "1 +"}]));
    assert_eq!(editor.format(), json!([]), "a rule with an error stays as it is");
    editor.leave();
}

#[test]
fn fixes_are_offered_where_the_mistake_is() {
    let (mut editor, _) = Editor::start(utf_16());
    editor.open("page_id > 3 &\nadded_line");
    let mut fixes = |place: Json, only: Json| {
        let context = json!({"diagnostics": [], "only": only});
        let params = json!({"textDocument": {"uri": "file:///a.rule"}, "range": place, "context": context});
        editor.ask("textDocument/codeAction", params).unwrap()
    };
    let fix = fixes(range(1, 2, 2), Json::Null);
    assert_eq!(fix[0]["kind"], "quickfix");
    assert_eq!(
        fix[0]["edit"]["changes"]["file:///a.rule"][0],
        json!({"range": range(1, 0, 10), "newText": "added_lines"})
    );
    assert_eq!(fixes(range(0, 2, 2), Json::Null), json!([]));
    assert_eq!(fixes(range(1, 2, 2), json!(["refactor"])), json!([]));
    editor.leave();
}

#[test]
fn nonsense_is_refused_and_the_conversation_goes_on() {
    let options = json!({"release": "2.0", "snippets": false});
    let (mut editor, _) = Editor::start(json!({"capabilities": {}, "initializationOptions": options}));
    assert_eq!(editor.ask("textDocument/rename", json!({})), Err(-32601));
    assert_eq!(editor.ask("textDocument/hover", json!({"position": 1})), Err(-32602));
    editor.tell("textDocument/didOpen", json!({"nonsense": true}));
    editor.change(1, &json!([{"text": "unknown document"}]));
    assert_eq!(editor.at("textDocument/hover", 9, 9), Json::Null);
    let logs = editor.heard.iter().filter(|one| one.method == "window/logMessage").count();
    assert_eq!(logs, 2, "{:?}", editor.heard);
    editor.open("1 &\u{0}\u{202e} \u{fffd}");
    assert_eq!(editor.diagnostics()["diagnostics"][0]["code"], "unrecognisedtoken");
    editor.leave();
}

/// The client is `lsp/client.mjs`; its packages are fetched by npm, once.
#[test]
fn the_client_that_editors_are_built_on_understands_the_server() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lsp");
    let Some(folder) = client_folder(&home) else {
        return;
    };
    let output = Command::new("node")
        .arg(folder.join("client.mjs"))
        .arg(env!("CARGO_BIN_EXE_wikiward"))
        .current_dir(&folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(text(&output.stdout), "ok\n");
}

/// A folder with the client and its packages; none, said plainly, where Node is absent or npm reaches no packages.
fn client_folder(home: &Path) -> Option<PathBuf> {
    let is_there =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there("node") || !is_there("npm") {
        eprintln!("SKIPPED: node or npm is absent, so no client that editors are built on was asked");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lsp-client");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["client.mjs", "package.json", "package-lock.json"] {
        std::fs::copy(home.join(file), folder.join(file)).unwrap();
    }
    let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    let output = Command::new("npm").args(npm).current_dir(&folder).output().unwrap();
    if !output.status.success() {
        eprintln!("SKIPPED: npm cannot fetch the client's packages: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(folder)
}
