//! Errors about names: misspelt, from elsewhere, no longer there.

use super::around::{Around, word};
use super::{Diagnostic, nearest_function};
use crate::error::{Param, RuleError, Span};
use crate::syntax::lexer::{Symbol, TokenKind, lex};
use crate::vocabulary::functions::{self, FUNCTIONS};
use crate::vocabulary::variables::current_name;
use crate::vocabulary::{Meaning, Vocabulary, nearest};

/// Variables that exist only where an extension announces them.
const EXTENSION_VARIABLES: [(&str, &str); 14] = [
    ("global_user_groups", "CentralAuth"),
    ("global_user_editcount", "CentralAuth"),
    ("global_account_groups", "CentralAuth"),
    ("global_account_editcount", "CentralAuth"),
    ("tor_exit_node", "TorBlock"),
    ("user_mobile", "MobileFrontend"),
    ("user_app", "MobileApp"),
    ("oauth_consumer", "OAuth"),
    ("ip_reputation_risk_types", "IPReputation"),
    ("revertrisk_level", "ORES"),
    ("translate_source_text", "Translate"),
    ("translate_target_language", "Translate"),
    ("sfs_blocked", "StopForumSpam"),
    ("crowdsec_decision", "CrowdSec"),
];

/// What disabled variables were replaced by.
const REPLACED: [(&str, &str); 2] = [("old_text", "old_wikitext"), ("old_html", "old_wikitext")];

/// Names that functions have elsewhere, and ours.
const FOREIGN_FUNCTIONS: [(&str, &str); 14] = [
    ("lower", "lcase"),
    ("tolower", "lcase"),
    ("strtolower", "lcase"),
    ("upper", "ucase"),
    ("toupper", "ucase"),
    ("strtoupper", "ucase"),
    ("len", "length"),
    ("substring", "substr"),
    ("indexof", "strpos"),
    ("find", "strpos"),
    ("replace", "str_replace"),
    ("preg_replace", "str_replace_regexp"),
    ("preg_match", "get_matches"),
    ("str", "string"),
];

fn text(error: &RuleError, index: usize) -> String {
    match error.params.get(index) {
        Some(Param::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

/// `unrecognisedvar`
pub(super) fn unknown_variable(
    plain: Diagnostic,
    error: &RuleError,
    source: &[u8],
    around: &Around,
    vocabulary: &Vocabulary,
) -> Diagnostic {
    let name = text(error, 0);
    let span = plain.span;
    let found = plain.label("not known");
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return not_a_number(found, &name);
    }
    if let Some(assigned) = assigned_later(source, &name, span) {
        return found
            .message(format!("`{name}` is read before it is assigned"))
            .label("has no value yet")
            .note(assigned, "assigned here")
            .help("put the assignment first; what one branch of a conditional assigns is not seen by the other");
    }
    if let Some((_, extension)) = EXTENSION_VARIABLES.iter().find(|(known, _)| *known == name) {
        return found.help(format!("the extension {extension} offers it, but this wiki does not announce it"));
    }
    if around.after().is_some_and(|after| matches!(after.kind, TokenKind::Str(_)))
        || matches!(name.as_str(), "and" | "or" | "not")
    {
        return found.help("operators are written & | ^ !");
    }
    let own = assigned_names(source);
    let nearest_own = nearest(&name, own.iter().map(String::as_str));
    match nearest_own.or_else(|| vocabulary.nearest(&name)) {
        Some(near) => {
            let near = current_name(near).to_owned();
            let help = format!("did you mean `{near}`?");
            found.help(help).fix(span, near.clone(), format!("replace it by `{near}`"))
        }
        None => found.help(format!("a text needs quotation marks: \"{name}\"")),
    }
}

/// A word that begins with a digit.
fn not_a_number(found: Diagnostic, name: &str) -> Diagnostic {
    let span = found.span;
    let found = found.message(format!("`{name}` is not a number"));
    let offer = |found: Diagnostic, number: String| found.fix(span, number.clone(), format!("replace it by {number}"));
    if let Some((digits, exponent)) = name.split_once('e')
        && let (Ok(digits), Ok(exponent)) = (digits.parse::<i64>(), exponent.parse::<u32>())
    {
        let found = found.help("numbers are written without exponents");
        let number = 10_i64.checked_pow(exponent).and_then(|power| power.checked_mul(digits));
        return match number {
            Some(number) => offer(found, number.to_string()),
            None => found,
        };
    }
    let bare: String = name.chars().filter(|character| *character != '_').collect();
    if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return offer(found.help("digits are written without `_` between them"), bare);
    }
    match name.get(..2) {
        Some("0x" | "0b" | "0o") => found.help("0x, 0b and 0o are written in lower case and need digits of their base"),
        _ => found.help("a number cannot have letters; a name can begin with a digit, but is rarely meant to"),
    }
}

/// The names that the rule assigns, in lower case.
fn assigned_names(source: &[u8]) -> Vec<String> {
    let Ok((tokens, _)) = lex(source) else {
        return Vec::new();
    };
    let assigns = |kind: &TokenKind| *kind == TokenKind::Symbol(Symbol::Assign);
    tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [name, sign] if assigns(&sign.kind) => word(name).map(str::to_ascii_lowercase),
            _ => None,
        })
        .collect()
}

fn assigned_later(source: &[u8], name: &str, read: Span) -> Option<Span> {
    let (tokens, _) = lex(source).ok()?;
    tokens.windows(2).find_map(|pair| match pair {
        [found, sign]
            if sign.kind == TokenKind::Symbol(Symbol::Assign)
                && word(found).is_some_and(|word| word.eq_ignore_ascii_case(name)) =>
        {
            (found.span != read).then_some(found.span)
        }
        _ => None,
    })
}

/// `disabledvar`
pub(super) fn disabled(plain: Diagnostic, error: &RuleError) -> Diagnostic {
    let name = text(error, 0);
    let span = plain.span;
    let found = plain.label("no longer available");
    match REPLACED.iter().find(|(old, _)| *old == name) {
        Some((_, new)) => {
            found.help(format!("`{new}` is the nearest there is")).fix(span, *new, format!("replace it by `{new}`"))
        }
        None => found.help("nothing replaces it; take the condition out"),
    }
}

/// `usebuiltin`
pub(super) fn builtin(plain: Diagnostic, error: &RuleError) -> Diagnostic {
    let name = text(error, 0);
    let span = plain.span;
    let Some(function) = functions::find(&name) else {
        let found = plain.message(format!("the keyword `{name}` is written in lower case"));
        let found = found.label(format!("write `{name}`"));
        let help = "keywords count only in lower case";
        return found.help(help).fix(span, name.clone(), format!("replace it by `{name}`"));
    };
    plain
        .message(format!("`{name}` is a function, not a variable"))
        .label("its arguments are missing")
        .help(format!("call it: {}", function.signature))
}

/// `overridebuiltin`
pub(super) fn reserved(plain: Diagnostic, error: &RuleError, vocabulary: &Vocabulary) -> Diagnostic {
    let name = text(error, 0);
    let what = match vocabulary.meaning(&name) {
        Meaning::Variable(_) => "a variable that the wiki sets",
        Meaning::Disabled => "a name that the wiki once set",
        _ if functions::find(&name).is_some() => "a function",
        _ => "a keyword",
    };
    plain.message(format!("`{name}` is {what} and cannot be assigned")).help("choose another name; to compare write ==")
}

/// `unknownfunction`
pub(super) fn unknown_function(plain: Diagnostic, error: &RuleError) -> Diagnostic {
    let name = text(error, 0);
    let lower = name.to_ascii_lowercase();
    let span = plain.span;
    let found = plain.label("not known");
    if lower == "not" {
        return found.help("`not` is written `!`").fix(span, "!", "replace it by `!`");
    }
    if matches!(lower.as_str(), "and" | "or" | "xor") {
        return found.help("operators are written & | ^ !");
    }
    let exact = FUNCTIONS.iter().map(|function| function.name).find(|known| *known == lower);
    if let Some(known) = exact {
        return found.help("names of functions are written in lower case").fix(
            span,
            known,
            format!("replace it by `{known}`"),
        );
    }
    let foreign = FOREIGN_FUNCTIONS.iter().find(|(other, _)| *other == lower);
    match foreign.map(|(_, ours)| *ours).or_else(|| nearest_function(&name)) {
        Some(near) => found.help(format!("did you mean `{near}`?")).fix(span, near, format!("replace it by `{near}`")),
        None => found.help("an operator or a comma may be missing before the bracket"),
    }
}

/// `noparams`, `notenoughargs`, `toomanyargs`
pub(super) fn wrong_arity(plain: Diagnostic, error: &RuleError) -> Diagnostic {
    match functions::find(&text(error, 0)) {
        Some(function) => plain.help(format!("it is called as {}", function.signature)),
        None => plain,
    }
}
