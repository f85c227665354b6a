//! A fixed choice of real edits, as a wiki's extension would see them.
//!
//! What the records lack and filters ask for is made by rule: rights follow from groups, links are the addresses in a text,
//! HTML is the text's lines as paragraphs, contributors are the authors of the page's earlier records.

use serde_json::{Map, Value as Json, json};
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use wikiward_cli::input::{Assumptions, Edit, EditReader, Facts, ReadOptions, Var, variables};
use wikiward_rules::action::Reading;
use wikiward_rules::budget::Meter;
use wikiward_rules::derive::derivable;
use wikiward_rules::wire::{parse_value, render_value};
use wikiward_rules::{Action, Vocabulary};

/// The files, the number of edits in each, and the share of the choice that comes from it.
const FILES: [(&str, usize, f64); 3] = [
    ("pairs-small", 1_572, 0.3),
    ("text-history-webplatform", 23_492, 0.4),
    ("text-history-enwiki-anarchism", 9_380, 0.3),
];

/// Every other registered editor is assumed to be new: many filters look no further at the others.
const NEWCOMER: Assumptions = Assumptions { facts: Facts::Assumed, edit_count: 3, age_seconds: 3_600 };

/// Variables that a wiki computes only when it is asked.
pub(crate) const LAZY: [&str; 9] = [
    "user_rights",
    "new_links",
    "new_html",
    "new_pst",
    "old_links",
    "page_first_contributor",
    "page_age",
    "page_recent_contributors",
    "user_unnamed_ip",
];

/// What follows from the texts and is never sent.
const FOLLOWS: [&str; 3] = ["old_size", "new_size", "edit_delta"];

/// An edit, chosen.
pub(crate) struct Chosen {
    /// Its file and number, for messages.
    pub(crate) name: String,
    /// What the wiki sends at once.
    pub(crate) eager: Map<String, Json>,
    /// What it sends when asked.
    pub(crate) lazy: Map<String, Json>,
}

impl Chosen {
    /// Every variable with its value, derived ones included: what the reference is told.
    pub(crate) fn whole(&self, wiki: (&str, &str), vocabulary: &Vocabulary) -> Map<String, Json> {
        let mut action = Action::new(vocabulary);
        for (name, value) in self.eager.iter().chain(&self.lazy) {
            action.set(vocabulary.exact_id(name).unwrap(), parse_value(value).unwrap());
        }
        action.set(vocabulary.exact_id("wiki_name").unwrap(), wiki.0.into());
        action.set(vocabulary.exact_id("wiki_language").unwrap(), wiki.1.into());
        let names: Vec<&str> = vocabulary.names().collect();
        for name in names.iter().filter(|name| derivable(name).is_some()) {
            let id = vocabulary.exact_id(name).unwrap();
            let read = action.read(id, vocabulary, &mut Meter::unlimited());
            assert!(matches!(read, Ok(Reading::Set(_) | Reading::Unset)), "{name}");
        }
        let set = names.iter().filter_map(|name| Some((name, action.value(vocabulary.exact_id(name)?)?)));
        set.map(|(name, value)| ((*name).to_owned(), render_value(value))).collect()
    }
}

/// What earlier records say of a page.
struct Past {
    first: String,
    born: i64,
    last: i64,
    recent: VecDeque<String>,
}

/// About `count` edits, spread evenly over each file, given to `each` one after the other.
pub(crate) fn choose(folder: &Path, count: usize, mut each: impl FnMut(Chosen)) {
    for (file, edits, share) in FILES {
        let path = folder.join(format!("edits/{file}.jsonl.gz"));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let wanted = ((count as f64 * share).ceil() as usize).clamp(1, edits);
        let mut pages: HashMap<String, Past> = HashMap::new();
        for (index, edit) in EditReader::open(&path, &ReadOptions::default()).unwrap().enumerate() {
            let edit = edit.unwrap();
            // The edit with which the share grows by one.
            if (index + 1) * wanted / edits > index * wanted / edits {
                let assumed = if index % 2 == 0 { NEWCOMER } else { Assumptions::default() };
                let assumed = Assumptions { facts: Facts::Assumed, ..assumed };
                each(chosen(file, &edit, &assumed, pages.get(&edit.title)));
            }
            remember(&mut pages, &edit);
        }
    }
}

fn remember(pages: &mut HashMap<String, Past>, edit: &Edit) {
    let (user, at) = (edit.user.clone().unwrap_or_default(), edit.at.as_second());
    let past = pages.entry(edit.title.clone()).or_insert_with(|| Past {
        first: user.clone(),
        born: at,
        last: at,
        recent: VecDeque::new(),
    });
    past.last = at;
    past.recent.retain(|name| *name != user);
    past.recent.push_front(user);
    past.recent.truncate(10);
}

fn chosen(file: &str, edit: &Edit, assumptions: &Assumptions, past: Option<&Past>) -> Chosen {
    let mut eager: Map<String, Json> =
        variables(edit, assumptions).into_iter().map(|(name, value)| (name.to_owned(), json_of(value))).collect();
    let at = edit.at.as_second();
    for name in FOLLOWS.iter().chain(&LAZY) {
        eager.remove(*name);
    }
    // Each wiki says these of itself.
    eager.remove("wiki_name");
    eager.insert("page_last_edit_age".into(), past.map_or(Json::Null, |past| json!(at - past.last)));
    for name in ["old_content_model", "new_content_model"] {
        eager.insert(name.into(), json!("wikitext"));
    }
    for what in ["edit", "move", "create", "upload"] {
        eager.insert(format!("page_restrictions_{what}"), json!([]));
    }
    eager.insert("user_emailconfirm".into(), Json::Null);
    let (old, new) = (edit.old.as_deref().unwrap_or(""), edit.new.as_deref().unwrap_or(""));
    let is_ip = edit.anon == Some(true);
    let lazy = json!({
        "user_rights": rights(&eager),
        "new_links": links(new),
        "old_links": links(old),
        "new_html": html(new),
        "new_pst": new.trim_end(),
        "page_first_contributor": past.map_or("", |past| past.first.as_str()),
        "page_age": past.map_or(0, |past| at - past.born),
        "page_recent_contributors": past.map(|past| past.recent.clone()).unwrap_or_default(),
        "user_unnamed_ip": if is_ip { json!(edit.user) } else { Json::Null },
    });
    let Json::Object(lazy) = lazy else { unreachable!("an object was written") };
    Chosen { name: format!("{file} {}", edit.id), eager, lazy }
}

fn json_of(value: Var) -> Json {
    match value {
        Var::Str(text) => json!(&*text),
        Var::Int(number) => json!(number),
        Var::Bool(is_so) => json!(is_so),
        Var::List(elements) => elements.iter().map(|element| json!(&**element)).collect(),
        Var::Null => Json::Null,
    }
}

/// The rights that MediaWiki's own groups give.
fn rights(eager: &Map<String, Json>) -> Vec<&'static str> {
    let groups = eager.get("user_groups").and_then(Json::as_array).cloned().unwrap_or_default();
    let gives = |group: &Json| match group.as_str().unwrap_or_default() {
        "*" => &["createaccount", "read", "edit", "createpage", "createtalk", "writeapi"][..],
        "user" => &["move", "upload", "minoredit", "editmyoptions", "purge", "sendemail"],
        "autoconfirmed" => &["autoconfirmed", "editsemiprotected", "skipcaptcha"],
        "bot" => &["bot", "nominornewtalk", "autopatrol", "apihighlimits"],
        _ => &[],
    };
    groups.iter().flat_map(gives).copied().collect()
}

/// The web addresses in a text, each once, in their order.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let before = text.get(..at).unwrap_or("");
        let Some(scheme) = ["https", "http"].into_iter().find(|scheme| before.ends_with(scheme)) else { continue };
        let rest = text.get(at - scheme.len()..).unwrap_or("");
        let end = rest.find(|c: char| c.is_whitespace() || "[]|<>\"{}".contains(c)).unwrap_or(rest.len());
        let link = rest.get(..end).unwrap_or("");
        if !found.contains(&link) {
            found.push(link);
        }
    }
    found
}

fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines: Vec<String> = escaped.lines().map(|line| format!("<p>{line}\n</p>")).collect();
    format!("<div class=\"mw-parser-output\">{}</div>", lines.concat())
}
