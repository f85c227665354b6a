//! What a rule would see of a recorded edit.
//!
//! Each variable comes from the record by the rule that [`VARIABLE_RULES`] states. What the record does not say is left
//! out, so that a rule that asks for it is undecided; or, if wished, is assumed by the rule in the third column.

use jiff::Timestamp;

use super::edits::record::canonical_number;
use super::edits::{Edit, EditId, Namespace, Text};

/// A value for a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Var {
    /// Text.
    Str(Text),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// A list of texts.
    List(Vec<Text>),
    /// Known to have no value, as the edit count of a logged-out editor.
    Null,
}

/// What becomes of variables of which the record says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Facts {
    /// They stay unset.
    #[default]
    Unset,
    /// They are assumed, where [`VARIABLE_RULES`] states how.
    Assumed,
}

/// What is assumed of edits whose record says too little.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// Whether anything is assumed at all.
    pub facts: Facts,
    /// Edits of a registered editor.
    pub edit_count: i64,
    /// Age of a registered editor's account in seconds.
    pub age_seconds: i64,
}

/// An editor who is neither new nor trusted: 1,000 edits in a year.
impl Default for Assumptions {
    fn default() -> Self {
        Self { facts: Facts::Unset, edit_count: 1_000, age_seconds: 365 * 86_400 }
    }
}

/// Edits and seconds from which MediaWiki makes an account `autoconfirmed` on most wikis.
const AUTOCONFIRMED: (i64, i64) = (10, 4 * 86_400);

/// How one variable is made. Texts are Markdown, for the book.
#[derive(Clone, Copy, Debug)]
pub struct VariableRule {
    /// Its name.
    pub name: &'static str,
    /// How it follows from the record.
    pub from_record: &'static str,
    /// What it is if the record does not say and assuming was asked for; empty if it stays unset.
    pub assumed: &'static str,
}

const fn rule(name: &'static str, from_record: &'static str, assumed: &'static str) -> VariableRule {
    VariableRule { name, from_record, assumed }
}

/// How every variable is made, in the order of [`variables`].
pub const VARIABLE_RULES: [VariableRule; 23] = [
    rule("action", "always `edit`", ""),
    rule("timestamp", "seconds since 1970, as text", ""),
    rule("wiki_name", "the wiki's database name, unless the record names none", ""),
    rule("user_name", "the editor's name or address, unless hidden", ""),
    rule(
        "user_type",
        "`ip` if logged out; `temp` if the name begins with `~2`; `external` if it contains `>`; else `named`",
        "",
    ),
    rule("user_unnamed_ip", "the address of a logged-out editor; null for a named account", ""),
    rule("user_editcount", "null if logged out; else the recorded count", "the assumed count (1,000)"),
    rule("user_age", "0 if logged out; else seconds since the recorded registration", "the assumed age (a year)"),
    rule(
        "user_groups",
        "`*` if logged out; else the recorded groups",
        "`*`, `user`; `autoconfirmed` from 10 edits and 4 days on, as recorded or assumed; `bot` if the edit is marked as a bot's",
    ),
    rule("user_blocked", "", "false: a block would have prevented the edit"),
    rule("page_id", "the page's number; 0 for a creation", ""),
    rule(
        "page_namespace",
        "the recorded number, or that of a name that is the same on every wiki",
        "that of the title's prefix, if it is such a name; else 0",
    ),
    rule(
        "page_title",
        "the title without the namespace, if the namespace is recorded",
        "without a prefix that names a namespace",
    ),
    rule("page_prefixedtitle", "the title, underscores as spaces", ""),
    rule("summary", "the comment, unless hidden", "empty"),
    rule("old_wikitext", "the text before; empty for a creation", ""),
    rule("new_wikitext", "the text after", ""),
    rule("old_size", "bytes of the text before, counted or recorded", ""),
    rule("new_size", "bytes of the text after, counted or recorded", ""),
    rule("edit_delta", "the difference of both, or as recorded", ""),
    rule("page_age", "0 for a creation; else as recorded", ""),
    rule("page_first_contributor", "as recorded", ""),
    rule("page_recent_contributors", "as recorded", ""),
];

/// The variables of an edit, in the order of [`VARIABLE_RULES`], each at most once.
///
/// Texts are shared, not copied. Values that follow from these (`edit_diff`, `added_lines` and the like) are left to who
/// derives them on demand.
pub fn variables(edit: &Edit, rules: &Assumptions) -> Vec<(&'static str, Var)> {
    let mut set = Set { variables: Vec::with_capacity(VARIABLE_RULES.len()) };
    set.put("action", Some(text("edit")));
    set.put("timestamp", Some(text(&edit.at.as_second().to_string())));
    set.put("wiki_name", (!edit.wiki.is_empty()).then(|| Var::Str(Text::clone(&edit.wiki))));
    set.user(edit, rules);
    set.page(edit, rules);
    let is_assumed = rules.facts == Facts::Assumed;
    let summary = edit.comment.as_deref().or(is_assumed.then_some(""));
    set.put("summary", summary.map(text));
    set.put("old_wikitext", edit.old.clone().map(Var::Str));
    set.put("new_wikitext", edit.new.clone().map(Var::Str));
    let int = |size: Option<u64>| size.and_then(|size| i64::try_from(size).ok()).map(Var::Int);
    set.put("old_size", int(edit.old_size));
    set.put("new_size", int(edit.new_size));
    set.put("edit_delta", edit.delta.map(Var::Int));
    let history = &edit.history;
    set.put("page_age", edit.is_creation.then_some(0).or(history.age).map(Var::Int));
    let name = |name: &String| Text::from(name.as_str());
    set.put("page_first_contributor", history.first_contributor.as_ref().map(|first| Var::Str(name(first))));
    let recent = history.recent_contributors.as_ref().map(|names| names.iter().map(name).collect());
    set.put("page_recent_contributors", recent.map(Var::List));
    set.variables
}

fn text(value: &str) -> Var {
    Var::Str(Text::from(value))
}

struct Set {
    variables: Vec<(&'static str, Var)>,
}

impl Set {
    fn put(&mut self, name: &'static str, value: Option<Var>) {
        if let Some(value) = value {
            self.variables.push((name, value));
        }
    }

    fn user(&mut self, edit: &Edit, rules: &Assumptions) {
        let name = edit.user.as_deref();
        let is_anon = edit.anon == Some(true);
        let is_account = edit.anon == Some(false);
        let kind = match (name, edit.anon) {
            (_, Some(true)) => Some("ip"),
            (Some(name), Some(false)) if name.starts_with("~2") => Some("temp"),
            (Some(name), Some(false)) if name.contains('>') => Some("external"),
            (Some(_), Some(false)) => Some("named"),
            _ => None,
        };
        self.put("user_name", name.map(text));
        self.put("user_type", kind.map(text));
        let address = match kind {
            Some("ip") => name.map(text),
            Some("named") => Some(Var::Null),
            _ => None,
        };
        self.put("user_unnamed_ip", address);

        let is_assumed = rules.facts == Facts::Assumed && is_account;
        let standing = &edit.standing;
        let count = standing.edit_count.or(is_assumed.then_some(rules.edit_count));
        let age = standing.registered_at.map(|at| age(at, edit.at)).or(is_assumed.then_some(rules.age_seconds));
        let groups = match (&standing.groups, count, age) {
            _ if is_anon => Some(vec![Text::from("*")]),
            (Some(groups), ..) => Some(groups.iter().map(|group| Text::from(group.as_str())).collect()),
            (None, Some(count), Some(age)) if is_assumed => Some(assumed_groups(count, age, edit.bot == Some(true))),
            _ => None,
        };
        self.put("user_editcount", if is_anon { Some(Var::Null) } else { count.map(Var::Int) });
        self.put("user_age", if is_anon { Some(Var::Int(0)) } else { age.map(Var::Int) });
        self.put("user_groups", groups.map(Var::List));
        self.put("user_blocked", (rules.facts == Facts::Assumed).then_some(Var::Bool(false)));
    }

    fn page(&mut self, edit: &Edit, rules: &Assumptions) {
        let is_assumed = rules.facts == Facts::Assumed;
        let id = if edit.is_creation { Some(0) } else { edit.page_id.and_then(|id| i64::try_from(id).ok()) };
        self.put("page_id", id.map(Var::Int));
        let prefix = edit.title.split_once(':');
        let (number, title) = match &edit.namespace {
            Namespace::Number(0) => (Some(0), Some(edit.title.as_str())),
            Namespace::Number(number) => (Some(*number), Some(prefix.map_or(edit.title.as_str(), |(_, title)| title))),
            // The namespace is known by name only; a title that carries the name loses it.
            Namespace::Name(name) => {
                let title = prefix.filter(|(prefix, _)| prefix == name).map_or(edit.title.as_str(), |(_, title)| title);
                (None, Some(title))
            }
            Namespace::Unknown if is_assumed => {
                let known = prefix.and_then(|(prefix, title)| Some((canonical_number(prefix)?, title)));
                known.map_or((Some(0), Some(edit.title.as_str())), |(number, title)| (Some(number), Some(title)))
            }
            Namespace::Unknown => (None, None),
        };
        self.put("page_namespace", number.map(Var::Int));
        self.put("page_title", title.map(text));
        self.put("page_prefixedtitle", Some(text(&edit.title)));
    }
}

/// Seconds from a registration to an edit, never below 0.
fn age(registered_at: Timestamp, at: Timestamp) -> i64 {
    at.as_second().saturating_sub(registered_at.as_second()).max(0)
}

fn assumed_groups(edit_count: i64, age_seconds: i64, is_bot: bool) -> Vec<Text> {
    let is_autoconfirmed = edit_count >= AUTOCONFIRMED.0 && age_seconds >= AUTOCONFIRMED.1;
    [("*", true), ("user", true), ("autoconfirmed", is_autoconfirmed), ("bot", is_bot)]
        .into_iter()
        .filter(|(_, is_member)| *is_member)
        .map(|(group, _)| Text::from(group))
        .collect()
}

/// The number of an edit, for messages: its revision, or the line of its record.
impl std::fmt::Display for EditId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Revision(rev) => write!(f, "revision {rev}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

#[cfg(test)]
mod tests;
