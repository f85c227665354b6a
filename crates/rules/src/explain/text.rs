//! Explanations for the terminal.

use super::{Explanation, Outcome, Part, preview};
use crate::syntax::tree::NodeId;
use crate::value::Value;
use std::fmt::Write as _;

/// Levels beyond which lines are not indented further.
const LEVELS_MAX: usize = 16;
/// Columns for the value, the conditions and the time.
const RIGHT_COLUMNS: usize = 42;
/// Columns that the text of a part has at least.
const SNIPPET_COLUMNS_MIN: usize = 24;

#[derive(Clone, Copy)]
enum Paint {
    Plain,
    Good,
    Bad,
    Faint,
    Bold,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "\u{1b}[32m",
            Self::Bad => "\u{1b}[31m",
            Self::Faint => "\u{1b}[2m",
            Self::Bold => "\u{1b}[1m",
        }
    }
}

impl Explanation {
    /// The explanation as an indented tree: a line for each part with its text, its value, the conditions and the time
    /// it used itself. `*` marks the parts that decided. Brackets and literals have no line of their own, and a chain
    /// of one operator is one level. `width` is the terminal's; below 66 columns it counts as 66.
    pub fn to_text(&self, color: bool, width: usize) -> String {
        let left = width.saturating_sub(RIGHT_COLUMNS).max(SNIPPET_COLUMNS_MIN);
        let mut out = String::new();
        self.headline(&mut out);
        let mut open: Vec<(NodeId, usize, Option<&str>)> = Vec::new();
        open.extend(self.root.map(|root| (root, 0, None)));
        while let Some((id, level, chain)) = open.pop() {
            let Some(part) = self.parts.get(id.index()) else {
                continue;
            };
            let op = part.op.as_str();
            let has_line = match op {
                "()" | "literal" => false,
                "&" | "|" => chain != Some(op),
                _ => true,
            };
            if has_line {
                self.line(&mut out, part, level, left, color);
            }
            let below = if has_line { level + 1 } else { level };
            for (place, child) in part.children.iter().enumerate().rev() {
                // Brackets end a chain: what is inside is a value of its own.
                let continues = matches!(op, "&" | "|") && place == 0;
                open.push((*child, below, continues.then_some(op)));
            }
        }
        out
    }

    fn headline(&self, out: &mut String) {
        if self.is_redacted {
            out.push_str("the result depends on what is hidden\n");
            return;
        }
        let result = match (&self.error, &self.needs) {
            (Some(error), _) => format!("error: {error}"),
            (None, Some(name)) => format!("waits for {name}"),
            (None, None) if self.result => "matches".to_owned(),
            (None, None) => "does not match".to_owned(),
        };
        let conditions = if self.conditions == 1 { "condition" } else { "conditions" };
        let _ = write!(out, "{result}, {} {conditions}", self.conditions);
        if let Some(time) = self.time_ns {
            let _ = write!(out, ", {}", shown_time(time));
        }
        out.push('\n');
    }

    fn line(&self, out: &mut String, part: &Part, level: usize, left: usize, color: bool) {
        let is_decisive = self.decisive.binary_search(&part.node).is_ok();
        let indent = level.min(LEVELS_MAX) * 2;
        let room = left.saturating_sub(indent + 2).max(8);
        let snippet = cut(&part.snippet, room);
        let padding = left.saturating_sub(indent + 2 + snippet.chars().count());
        let mark = if is_decisive { "* " } else { "  " };
        let (value, paint) = outcome(part);
        let text_paint = if is_decisive { Paint::Bold } else { Paint::Plain };
        let _ = write!(out, "{mark}{:indent$}", "");
        painted(out, &snippet, text_paint, color);
        let _ = write!(out, "{:padding$} ", "");
        let value = cut(&value, 24);
        painted(out, &value, paint, color);
        let mut rest = String::new();
        let padding = 24_usize.saturating_sub(value.chars().count());
        let conditions = if part.conditions > 0 { part.conditions.to_string() } else { String::new() };
        let time = part.time_ns.map(shown_time).unwrap_or_default();
        let _ = write!(rest, "{:padding$} {conditions:>4} {time:>10}", "");
        out.push_str(rest.trim_end());
        out.push('\n');
    }
}

fn painted(out: &mut String, text: &str, paint: Paint, color: bool) {
    if color && !paint.code().is_empty() {
        let _ = write!(out, "{}{text}\u{1b}[0m", paint.code());
    } else {
        out.push_str(text);
    }
}

fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    text.chars().take(columns.saturating_sub(1)).chain(['…']).collect()
}

fn outcome(part: &Part) -> (String, Paint) {
    match &part.outcome {
        Outcome::Value(value) => {
            let paint = match value {
                Value::Bool(true) => Paint::Good,
                Value::Bool(false) => Paint::Bad,
                _ => Paint::Plain,
            };
            let shown = shown(value);
            match &part.found {
                Some(found) => (format!("{shown} {}", quoted(&found.text)), paint),
                None => (shown, paint),
            }
        }
        Outcome::Speculative(value) => (format!("({})", shown(value)), Paint::Faint),
        Outcome::Skipped(why) => (format!("– {}", why.name()), Paint::Faint),
        Outcome::Redacted => ("(hidden)".to_owned(), Paint::Faint),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Undefined => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Str(text) => quoted(&preview::beginning(text.bytes())),
        Value::Array(list) => preview::in_place_of(list),
        other => preview::beginning(&other.bytes()),
    }
}

/// A text in quotation marks, control characters made visible: what a terminal shows must not steer it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out.push('"');
    out
}

fn shown_time(time_ns: u64) -> String {
    match time_ns {
        0..10_000 => format!("{time_ns} ns"),
        10_000..10_000_000 => format!("{} µs", time_ns / 1_000),
        _ => format!("{} ms", time_ns / 1_000_000),
    }
}
