use super::*;
use crate::release::Release;
use crate::rule::Rule;
use std::fmt::Write;

fn diagnostic(source: &str) -> Diagnostic {
    let vocabulary = Vocabulary::default();
    let error = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest).unwrap_err();
    let diagnostic = Diagnostic::of_error_in(source.as_bytes(), &error, &vocabulary);
    assert_eq!(diagnostic.code, error.id.name());
    diagnostic
}

fn slice(source: &str, span: Span) -> &str {
    source.get(span.start as usize..span.end as usize).unwrap()
}

/// Shows a diagnostic as plain text: the message, the marked text, the label, notes, help.
fn shown(source: &str) -> String {
    let found = diagnostic(source);
    let mut text = format!("{} [{}]", found.message, slice(source, found.span));
    if let Some(label) = &found.label {
        write!(text, " {label}").unwrap();
    }
    for (span, note) in &found.notes {
        write!(text, "; [{}] {note}", slice(source, *span)).unwrap();
    }
    if let Some(help) = &found.help {
        write!(text, "; help: {help}").unwrap();
    }
    text
}

fn fixed(source: &str) -> String {
    let fix = diagnostic(source).fix.expect("there is a fix");
    let mut fixed = source.to_owned();
    fixed.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.text);
    fixed
}

#[test]
fn errors_of_the_grammar_say_what_was_meant() {
    for (source, expected) in [
        ("1 && 2", "`&&` is written `&` in this language [&&] write `&`"),
        ("1 || 2", "`||` is written `|` in this language [||] write `|`"),
        ("1 <> 2", "`<>` is written `!=` in this language [<>] write `!=`"),
        ("action and summary", "`and` is written `&` in this language [and] write `&`"),
        ("(action OR summary)", "`OR` is written `|` in this language [OR] write `|`; [(] this bracket is still open"),
        ("\"a\" IN summary", "the keyword `in` is written in lower case [IN] write `in`"),
        (
            "not action",
            "`not` is written `!` in this language [not] write `!`; help: `!` binds tighter than ==: write !(a == b)",
        ),
        (
            "\"a\" not in summary",
            "`not in` is not an operator [not] not a word of this language; help: write !(a in b)",
        ),
        (
            "1 == 2 == 3",
            "comparisons cannot be chained [==] this would compare the result of the first comparison; [==] compared here already; help: join two comparisons: a == b & b == c",
        ),
        (
            "!!1",
            "`!` cannot stand behind another `!` [!] the second `!`; help: `!(!x)` is possible; so is leaving both away, or bool(x)",
        ),
        ("(1 + (2)", "the rule ends where `)` is expected [] the rule ends here; [(] this bracket is still open"),
        (
            "action summary",
            "an operator is missing between two values [summary] the value before is complete; [action] this value ends here; help: join two conditions with & or |, two texts with +, two statements with ;",
        ),
        (
            "if 1 then 2",
            "`end` is missing [] `end` is expected here; [if] this `if` is not complete; help: a conditional is written: if … then … else … end",
        ),
        (
            "1 &",
            "the rule ends where a value is expected []; [&] this needs a value behind it; help: add the missing condition, or remove the operator",
        ),
        ("& 1", "`&` needs a value on its left [&] a value is expected before this"),
        ("1)", "`)` closes a bracket that was never opened [)] no bracket is open here"),
        (
            "()",
            "empty brackets have no value [(] there must be a value inside; help: write a value between the brackets, or take them away",
        ),
        (
            "1 + if 1 then 2 end",
            "`if` cannot be a part of an expression [if] an operand is expected here; help: put brackets around it: (if … then … else … end)",
        ),
        (
            "\u{201c}a\u{201d}",
            "`\u{201c}` does not begin a text [\u{201c}] a typographic quotation mark; help: texts stand in straight quotation marks: \"…\" or '…'",
        ),
        (
            "1 & x := 2",
            "an assignment cannot stand here [:=] `:=` is only possible behind a name at the beginning of a statement; help: to compare write ==; to assign inside of an expression use brackets: (name := value)",
        ),
    ] {
        assert_eq!(shown(source), expected, "{source}");
    }
}

#[test]
fn errors_about_names_suggest_the_name_that_was_meant() {
    for (source, expected) in [
        ("added_line", "there is no variable `added_line` [added_line] not known; help: did you mean `added_lines`?"),
        (
            "spamword := 1; spamwrd",
            "there is no variable `spamwrd` [spamwrd] not known; help: did you mean `spamword`?",
        ),
        (
            "user_mobile",
            "there is no variable `user_mobile` [user_mobile] not known; help: the extension MobileFrontend offers it, but this wiki does not announce it",
        ),
        (
            "later; later := 1",
            "`later` is read before it is assigned [later] has no value yet; [later] assigned here; help: put the assignment first; what one branch of a conditional assigns is not seen by the other",
        ),
        (
            "TRUE",
            "the keyword `true` is written in lower case [TRUE] write `true`; help: keywords count only in lower case",
        ),
        (
            "lcase == 1",
            "`lcase` is a function, not a variable [lcase] its arguments are missing; help: call it: lcase(text)",
        ),
        (
            "old_text",
            "the variable `old_text` exists no more [old_text] no longer available; help: `old_wikitext` is the nearest there is",
        ),
        ("1e5", "`1e5` is not a number [1e5] not known; help: numbers are written without exponents"),
        (
            "LCASE(1)",
            "there is no function `LCASE` [LCASE] not known; help: names of functions are written in lower case",
        ),
        ("lcas(1)", "there is no function `lcas` [lcas] not known; help: did you mean `lcase`?"),
        (
            "action := 1",
            "`action` is a variable that the wiki sets and cannot be assigned [action := 1]; help: choose another name; to compare write ==",
        ),
        ("lcase()", "`lcase` needs an argument [lcase]; help: it is called as lcase(text)"),
    ] {
        assert_eq!(shown(source), expected, "{source}");
    }
}

#[test]
fn fixes_make_the_rule_what_was_meant() {
    for (source, expected) in [
        ("1 && 2", "1 & 2"),
        ("action and 1", "action & 1"),
        ("(1 + (2)", "(1 + (2))"),
        ("1)", "1"),
        ("TRUE", "true"),
        ("1e5", "100000"),
        ("1_000", "1000"),
        ("added_line", "added_lines"),
        ("LCASE(1)", "lcase(1)"),
        ("lcase(1,)", "lcase(1)"),
        ("old_text", "old_wikitext"),
    ] {
        assert_eq!(fixed(source), expected, "{source}");
        let vocabulary = Vocabulary::default();
        assert!(Rule::compile(expected.as_bytes(), &vocabulary, Release::Newest).is_ok(), "{expected}");
    }
}

#[test]
fn without_the_text_an_error_is_still_explained() {
    let vocabulary = Vocabulary::default();
    let error = Rule::compile(b"added_line", &vocabulary, Release::Newest).unwrap_err();
    let found = Diagnostic::of_error(&error, &vocabulary);
    assert_eq!(found.help.as_deref(), Some("did you mean `added_lines`?"));
}

#[test]
fn no_text_makes_a_diagnostic_panic() {
    let vocabulary = Vocabulary::default();
    let parts = [
        "&", "(", ")", "[", "]", "if", "then", "end", "x", ":=", "\"", "1e5", "!", "?", ":", ",", ";", "in", "lcase",
        "and", "é", "/*",
    ];
    let mut number = 1_u64;
    for _ in 0..20_000 {
        let mut source = String::new();
        for _ in 0..6 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = usize::try_from(number >> 33).unwrap() % parts.len();
            source += parts[pick];
            source.push(' ');
        }
        if let Err(error) = Rule::compile(source.as_bytes(), &vocabulary, Release::Newest) {
            let found = Diagnostic::of_error_in(source.as_bytes(), &error, &vocabulary);
            assert!(found.span.end as usize <= source.len(), "{source}");
        }
    }
}
