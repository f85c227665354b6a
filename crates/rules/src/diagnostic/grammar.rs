//! Errors of the grammar: what stands where it cannot, and what was probably meant.

use super::Diagnostic;
use super::around::{Around, Closing, is_comparison, symbol, word};
use crate::error::{Param, RuleError, Span};
use crate::syntax::lexer::{KEYWORDS, Keyword, Symbol, Token, TokenKind};

/// Operators of other languages made of two of ours, and how they are written here.
const PAIRS: [(Symbol, Symbol, &str, &str); 9] = [
    (Symbol::And, Symbol::And, "&&", "&"),
    (Symbol::Or, Symbol::Or, "||", "|"),
    (Symbol::Less, Symbol::Greater, "<>", "!="),
    (Symbol::EqualSingle, Symbol::Greater, "=>", ">="),
    (Symbol::EqualSingle, Symbol::Less, "=<", "<="),
    (Symbol::Assign, Symbol::EqualSingle, ":==", ":="),
    (Symbol::Identical, Symbol::EqualSingle, "====", "==="),
    (Symbol::Equal, Symbol::Greater, "==>", ">="),
    (Symbol::Power, Symbol::Times, "***", "**"),
];

/// Words of other languages, and how they are written here.
const WORDS: [(&str, &str); 14] = [
    ("and", "&"),
    ("or", "|"),
    ("xor", "^"),
    ("not", "!"),
    ("eq", "=="),
    ("equals", "=="),
    ("is", "=="),
    ("ne", "!="),
    ("lt", "<"),
    ("gt", ">"),
    ("mod", "%"),
    ("has", "contains"),
    ("includes", "contains"),
    ("iregex", "irlike"),
];

fn join(first: &Token, second: &Token) -> Span {
    Span { start: first.span.start, end: second.span.end }
}

/// A word that stands for an operator: how the operator is written here.
fn operator_meant(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let keyword = KEYWORDS.iter().map(|(_, text)| *text).find(|text| *text == lower);
    keyword.or_else(|| WORDS.iter().find(|(other, _)| *other == lower).map(|(_, ours)| *ours))
}

/// `unexpectedtoken`
pub(super) fn unexpected(plain: Diagnostic, around: &Around) -> Diagnostic {
    let Some(here) = around.here() else {
        return plain;
    };
    if let Some(before) = around.before()
        && let Some(found) = pair(&plain, before, here)
    {
        return found;
    }
    let before = around.before().and_then(symbol);
    match &here.kind {
        TokenKind::None => at_the_end(plain, around),
        TokenKind::Symbol(Symbol::ParenOpen) => plain
            .message("empty brackets have no value")
            .label("there must be a value inside")
            .help("write a value between the brackets, or take them away"),
        TokenKind::Symbol(Symbol::Not) if before == Some(Symbol::Not) => plain
            .message("`!` cannot stand behind another `!`")
            .label("the second `!`")
            .help("`!(!x)` is possible; so is leaving both away, or bool(x)"),
        TokenKind::Symbol(sign @ (Symbol::Plus | Symbol::Minus)) if before.is_some() => plain
            .message(format!("`{}` cannot stand behind another sign", sign.text()))
            .help("put brackets around the inner part, as in -(-1)"),
        TokenKind::Symbol(Symbol::Comma) => {
            plain.message("an argument is missing before this comma").label("nothing stands before it")
        }
        TokenKind::Symbol(Symbol::ParenClose) if before == Some(Symbol::Comma) => {
            let comma = around.before().map_or(here.span, |token| token.span);
            plain
                .message("an argument is missing behind the comma")
                .label("nothing stands before it")
                .note(comma, "this comma has nothing behind it")
                .fix(comma, "", "remove the comma")
        }
        TokenKind::Symbol(Symbol::ParenClose | Symbol::BracketClose) => {
            let operator = around.before().map(|token| token.span);
            let label = "a value is missing before this bracket";
            let found = plain.message("a bracket closes where a value is expected").label(label);
            match operator {
                Some(span) => found.note(span, "this needs a value behind it"),
                None => found,
            }
        }
        TokenKind::Symbol(Symbol::Assign) => plain
            .message("`:=` stands where a value is expected")
            .help("an assignment is `name := value`, at the beginning of a statement"),
        TokenKind::Symbol(other) => {
            let text = other.text();
            let message = format!("`{text}` needs a value on its left");
            let found = plain.message(message).label("a value is expected before this");
            match around.before() {
                Some(token) if symbol(token).is_some_and(is_operator) => {
                    found.note(token.span, "two operators stand side by side")
                }
                _ => found,
            }
        }
        _ => plain.label("a value is expected here"),
    }
}

fn is_operator(symbol: Symbol) -> bool {
    !matches!(
        symbol,
        Symbol::Comma
            | Symbol::Semicolon
            | Symbol::ParenOpen
            | Symbol::ParenClose
            | Symbol::BracketOpen
            | Symbol::BracketClose
    )
}

/// Two tokens that are one operator elsewhere.
fn pair(plain: &Diagnostic, before: &Token, here: &Token) -> Option<Diagnostic> {
    let (first, second) = (symbol(before)?, symbol(here)?);
    let (.., theirs, ours) = PAIRS.iter().find(|pair| pair.0 == first && pair.1 == second)?;
    let span = join(before, here);
    let found = Diagnostic { span, help: None, ..plain.clone() };
    Some(
        found.message(format!("`{theirs}` is written `{ours}` in this language")).label(format!("write `{ours}`")).fix(
            span,
            *ours,
            format!("replace `{theirs}` by `{ours}`"),
        ),
    )
}

fn at_the_end(plain: Diagnostic, around: &Around) -> Diagnostic {
    let Some(before) = around.before() else {
        return plain;
    };
    let place = before.span;
    let text = symbol(before).map_or("this", Symbol::text);
    let found = plain.note(place, "this needs a value behind it");
    match symbol(before) {
        Some(symbol @ (Symbol::And | Symbol::Or | Symbol::Xor)) => found
            .help("add the missing condition, or remove the operator")
            .fix(place, "", format!("remove the last `{}`", symbol.text())),
        Some(_) => found.help(format!("write a value behind `{text}`")),
        None => found,
    }
}

/// `unrecognisedkeyword`
pub(super) fn misplaced_keyword(plain: Diagnostic, error: &RuleError, around: &Around) -> Diagnostic {
    let keyword = match error.params.first() {
        Some(Param::Text(text)) => String::from_utf8_lossy(text).into_owned(),
        _ => return plain,
    };
    match keyword.as_str() {
        "if" => plain
            .message("`if` cannot be a part of an expression")
            .label("an operand is expected here")
            .help("put brackets around it: (if … then … else … end)"),
        "then" | "else" | "end" => {
            let found = plain.message(format!("`{keyword}` stands where a value is expected"));
            match around.before() {
                Some(before) => found.note(before.span, "this needs a value behind it"),
                None => found.help(format!("`{keyword}` belongs to an `if`")),
            }
        }
        operator => {
            let found = plain
                .message(format!("`{operator}` needs a value on its left"))
                .label("a value is expected before this");
            match (around.before(), around.after()) {
                (Some(before), _) if word(before).is_some_and(|word| word == "not") => {
                    found.help(format!("write !(a {operator} b)"))
                }
                (_, Some(after)) if symbol(after) == Some(Symbol::ParenOpen) => {
                    found.help(format!("`{operator}` is an operator: write a {operator} b"))
                }
                (Some(before), _) => found.note(before.span, "a value must follow this"),
                _ => found,
            }
        }
    }
}

/// `expectednotfound`
pub(super) fn missing(plain: Diagnostic, error: &RuleError, around: &Around) -> Diagnostic {
    let Some(Param::Text(expected)) = error.params.first() else {
        return plain;
    };
    let (closing, what) = match expected.as_slice() {
        b")" => (Closing::Paren, "this bracket is still open"),
        b"]" | b", or ]" => (Closing::Bracket, "this bracket is still open"),
        b":" => (Closing::Colon, "this `?` needs a `:`"),
        _ => (Closing::End, "this `if` is not complete"),
    };
    let Some(here) = around.here() else {
        return plain;
    };
    let ends = here.kind == TokenKind::None;
    let opening = around.opening(closing).map(|token| token.span);
    if !ends && let Some(found) = between_values(&plain, around) {
        return match opening {
            Some(span) => found.note(span, what),
            None => found,
        };
    }
    let mut found = plain.clone();
    if let Some(span) = opening {
        found = found.note(span, what);
    }
    match (expected.as_slice(), ends) {
        (b")" | b"]", true) => {
            let text = String::from_utf8_lossy(expected).into_owned();
            let end = Span { start: here.span.start, end: here.span.start };
            let message = format!("add `{text}` at the end");
            found.label("the rule ends here").fix(end, text, message)
        }
        (b", or ]", _) => found.message("the array is not closed").label("`,` or `]` is expected here"),
        (b"end", _) => found
            .message("`end` is missing")
            .label("`end` is expected here")
            .help("a conditional is written: if … then … else … end"),
        (b"then", _) => found
            .message("`then` is missing behind the condition")
            .label("`then` is expected here")
            .help("a conditional is written: if … then … else … end"),
        (b":", _) => found
            .message("`?` without its `:`")
            .label("`:` is expected here")
            .help("a conditional is written: condition ? one : other"),
        _ => found,
    }
}

/// `unexpectedatend`
pub(super) fn surplus(plain: Diagnostic, around: &Around) -> Diagnostic {
    let Some(here) = around.here() else {
        return plain;
    };
    if let Some(found) = between_values(&plain, around) {
        return found;
    }
    let mut found = plain.clone();
    found.help = None;
    match &here.kind {
        TokenKind::Symbol(sign @ (Symbol::ParenClose | Symbol::BracketClose)) => found
            .message(format!("`{}` closes a bracket that was never opened", sign.text()))
            .label("no bracket is open here")
            .fix(here.span, "", format!("remove `{}`", sign.text())),
        TokenKind::Symbol(Symbol::Colon) => found.message("`:` without its `?`"),
        TokenKind::Symbol(Symbol::Comma) => found
            .message("a comma stands outside of brackets")
            .help("join two conditions with & or |, two statements with ;"),
        TokenKind::Keyword(keyword @ (Keyword::Then | Keyword::Else | Keyword::End)) => {
            found.message(format!("`{}` without its `if`", keyword.text()))
        }
        _ => plain.label("this does not belong to what stands before it"),
    }
}

/// Something stands behind a complete value: what it was probably meant to be.
fn between_values(plain: &Diagnostic, around: &Around) -> Option<Diagnostic> {
    let here = around.here()?;
    let found = Diagnostic { help: None, ..plain.clone() };
    match &here.kind {
        TokenKind::Id(name) => {
            if let Some(found) = word_between(&found, name, around) {
                return Some(found);
            }
            if let Some(before) = around.before()
                && let Some(name) = word(before)
                && name.eq_ignore_ascii_case("not")
            {
                return Some(not_written_as_a_word(found, before));
            }
            Some(missing_operator(found, around))
        }
        TokenKind::Str(_)
        | TokenKind::Int(_)
        | TokenKind::Float(_)
        | TokenKind::Symbol(Symbol::ParenOpen)
        | TokenKind::Keyword(Keyword::True | Keyword::False | Keyword::Null | Keyword::If) => {
            Some(missing_operator(found, around))
        }
        TokenKind::Symbol(Symbol::Not) => Some(
            found
                .message("`!` cannot stand between two values")
                .label("an operator is expected here")
                .help("to negate a test write !(a in b), or a != b"),
        ),
        TokenKind::Symbol(Symbol::Assign) => Some(
            found
                .message("an assignment cannot stand here")
                .label("`:=` is only possible behind a name at the beginning of a statement")
                .help("to compare write ==; to assign inside of an expression use brackets: (name := value)"),
        ),
        TokenKind::Symbol(operator) if is_comparison(*operator) => {
            let found = found
                .message("comparisons cannot be chained")
                .label("this would compare the result of the first comparison")
                .help("join two comparisons: a == b & b == c");
            Some(match around.comparison() {
                Some(first) => found.note(first.span, "compared here already"),
                None => found,
            })
        }
        TokenKind::Keyword(keyword) if is_match(*keyword) => Some(
            found
                .message("two keyword operators cannot follow each other")
                .label("the value before is complete")
                .help("put brackets around the first test"),
        ),
        _ => None,
    }
}

fn is_match(keyword: Keyword) -> bool {
    !matches!(keyword, Keyword::Then | Keyword::Else | Keyword::End)
}

fn word_between(found: &Diagnostic, name: &str, around: &Around) -> Option<Diagnostic> {
    let here = around.here()?;
    let follows = around.after().map(|token| &token.kind);
    if name.eq_ignore_ascii_case("not") {
        if let Some(TokenKind::Keyword(keyword)) = follows {
            let operator = keyword.text();
            return Some(
                found
                    .clone()
                    .message(format!("`not {operator}` is not an operator"))
                    .label("not a word of this language")
                    .help(format!("write !(a {operator} b)")),
            );
        }
        return None;
    }
    let meant = operator_meant(name)?;
    let upper_case = name.eq_ignore_ascii_case(meant);
    let message = if upper_case {
        format!("the keyword `{meant}` is written in lower case")
    } else {
        format!("`{name}` is written `{meant}` in this language")
    };
    let label = format!("write `{meant}`");
    let change = format!("replace `{name}` by `{meant}`");
    Some(found.clone().message(message).label(label).fix(here.span, meant, change))
}

fn not_written_as_a_word(mut found: Diagnostic, not: &Token) -> Diagnostic {
    found.span = not.span;
    found
        .message("`not` is written `!` in this language")
        .label("write `!`")
        .help("`!` binds tighter than ==: write !(a == b)")
}

fn missing_operator(found: Diagnostic, around: &Around) -> Diagnostic {
    let found = found
        .message("an operator is missing between two values")
        .label("the value before is complete")
        .help("join two conditions with & or |, two texts with +, two statements with ;");
    match around.before() {
        Some(before) => found.note(before.span, "this value ends here"),
        None => found,
    }
}

/// `unrecognisedtoken`
pub(super) fn unknown_bytes(plain: Diagnostic, source: &[u8]) -> Diagnostic {
    let bytes = source.get(plain.span.start as usize..plain.span.end as usize).unwrap_or_default();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let span = plain.span;
    let quotes = ["\u{201c}", "\u{201d}", "\u{201e}", "\u{ab}", "\u{bb}", "\u{2018}", "\u{2019}"];
    match text.as_str() {
        "" => plain,
        quote if quotes.contains(&quote) => plain
            .message(format!("`{quote}` does not begin a text"))
            .label("a typographic quotation mark")
            .help("texts stand in straight quotation marks: \"…\" or '…'"),
        "\u{a0}" | "\u{feff}" | "\u{200b}" | "\u{202f}" | "\u{200e}" | "\u{200f}" => plain
            .message("an invisible character stands here")
            .label("not white space in this language")
            .help("it often comes along when text is copied from a page; delete it")
            .fix(span, " ", "replace it by a space"),
        "#" | "$" | "@" | "~" | "`" | "\\" | "{" | "}" | "." => {
            plain.message(format!("`{text}` means nothing outside of a text")).help(match text.as_str() {
                "#" => "a comment is written /* … */",
                "$" => "names of variables stand alone, without `$`",
                "{" | "}" => "branches are written: if … then … else … end",
                "." => "texts are joined with +",
                _ => "if it belongs to a text, put quotation marks around that",
            })
        }
        other if !other.is_ascii() => plain
            .message(format!("`{other}` cannot be a part of a name"))
            .help("names consist of a–z, 0–9 and _; other characters only stand in texts"),
        _ => plain,
    }
}
