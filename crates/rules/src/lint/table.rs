//! All lints.

use crate::diagnostic::Severity;

/// A lint.
#[derive(Debug, Clone, Copy)]
pub struct Lint {
    /// Its stable name.
    pub name: &'static str,
    /// How much its findings matter.
    pub severity: Severity,
    /// What it finds, and why that is a problem.
    pub about: &'static str,
    /// A rule in which it finds something.
    pub example: &'static str,
    /// The rule as it was probably meant.
    pub instead: &'static str,
}

const fn hint(name: &'static str, about: &'static str, example: &'static str, instead: &'static str) -> Lint {
    Lint { name, severity: Severity::Hint, about, example, instead }
}

const fn warning(name: &'static str, about: &'static str, example: &'static str, instead: &'static str) -> Lint {
    Lint { name, severity: Severity::Warning, about, example, instead }
}

/// All lints, by name.
pub const LINTS: &[Lint] = &[
    warning(
        "array-compared",
        "An array never equals a text or a number.",
        r#"user_groups == "sysop""#,
        r#""sysop" in user_groups"#,
    ),
    warning(
        "array-needle",
        "An array as a needle is one text: all of its elements, one a line.",
        r#"contains_any(added_lines, ["one", "two"])"#,
        r#"contains_any(added_lines, "one", "two")"#,
    ),
    warning(
        "broken-pattern",
        "The regular expression does not compile, so the rule fails whenever it gets there.",
        r#"added_lines rlike "(spam""#,
        r#"added_lines rlike "(spam|eggs)""#,
    ),
    hint(
        "constant-condition",
        "A condition that is always the same decides nothing, or makes another part unreachable.",
        r#"true & action == "edit""#,
        r#"action == "edit""#,
    ),
    hint(
        "costly-first",
        "Conditions are asked from left to right; a cheap one in front spares the search in most actions.",
        r#"added_lines irlike "sp[a4]m" & page_namespace == 0"#,
        r#"page_namespace == 0 & added_lines irlike "sp[a4]m""#,
    ),
    warning(
        "counted-commas",
        "With one argument, count() of a text and rcount() of anything count commas.",
        "rcount(added_links) > 3",
        "length(added_links) > 3",
    ),
    warning(
        "deprecated-variable",
        "The variable has a new name; the old one will go.",
        "article_namespace == 0",
        "page_namespace == 0",
    ),
    warning(
        "duplicate-condition",
        "The same condition stands twice in one chain of `&` or `|`.",
        r#"summary == "a" | summary == "a""#,
        r#"summary == "a" | summary == "b""#,
    ),
    warning("empty-needle", "An empty text is never found in another.", r#""" in summary"#, r#"summary == """#),
    warning(
        "glob-trap",
        "In patterns of `like` some characters are escaped wrongly: `( ) { } = < > | : $ ^ !` only match behind a backslash, `#` makes the pattern invalid.",
        r#"page_title like "List (*)""#,
        r#"page_title like "List *""#,
    ),
    hint(
        "group-part",
        "`in` searches an array as text, so the name of one group is found in that of another.",
        r#""bot" in user_groups"#,
        r#"user_groups rlike "(?m)^bot$""#,
    ),
    hint(
        "idle-wildcard",
        "`.*` at an end of a pattern changes nothing, because patterns match anywhere in the text; it only costs time.",
        r#"summary rlike ".*sp[a4]m""#,
        r#"summary rlike "sp[a4]m""#,
    ),
    warning(
        "impossible-text",
        "The text that is searched was made lower case, upper case or normalised, so the needle cannot be in it.",
        r#"lcase(summary) contains "Spam""#,
        r#"lcase(summary) contains "spam""#,
    ),
    hint(
        "loose-dot",
        "An unescaped dot in a domain name matches any character.",
        r#"added_lines rlike "example.com/[a-z]""#,
        r#"added_lines rlike "example\.com/[a-z]""#,
    ),
    warning(
        "matches-empty",
        "The pattern also matches the empty text, and so, unless it is anchored, every text.",
        r#"added_lines rlike "(spam)*""#,
        r#"added_lines rlike "(spam)+!""#,
    ),
    hint(
        "maybe-undefined",
        "A variable whose assignment was skipped is undefined, and so is what is computed from it.",
        "if page_id == 1 then (x := 2) end; x == 2",
        "x := 0; if page_id == 1 then (x := 2) end; x == 2",
    ),
    warning(
        "mixed-logic",
        "`&`, `|` and `^` bind equally and are read from left to right: `a | b & c` is `(a | b) & c`.",
        "page_id == 1 | page_id == 2 & page_namespace == 0",
        "page_id == 1 | (page_id == 2 & page_namespace == 0)",
    ),
    warning(
        "negated-side",
        "`!` binds tighter than a comparison: `!a == b` compares `!a`.",
        "!page_id == 1",
        "!(page_id == 1)",
    ),
    warning(
        "nested-repetition",
        "A repetition inside of a repetition can be matched in exponentially many ways, which can use up all time.",
        r#"added_lines rlike "(a+)+b""#,
        r#"added_lines rlike "a+b""#,
    ),
    warning(
        "pattern-compared",
        "`==` compares texts as they are; it knows neither wildcards nor regular expressions.",
        r#"page_title == "List of *""#,
        r#"page_title like "List of *""#,
    ),
    hint(
        "plain-pattern",
        "A pattern without special characters is a plain text; `contains` says so, and is quicker.",
        r#"summary rlike "spam""#,
        r#"summary contains "spam""#,
    ),
    hint(
        "redundant-case",
        "`irlike` ignores case already.",
        r#"lcase(summary) irlike "sp[a4]m""#,
        r#"summary irlike "sp[a4]m""#,
    ),
    hint("single-equals", "`=` compares; `==` says so more clearly.", r#"action = "edit""#, r#"action == "edit""#),
    warning("text-sum", "`timestamp` is a text: `+` joins texts.", "timestamp + 60 > 5", "int(timestamp) + 60 > 5"),
    warning(
        "tight-keyword",
        "Keyword operators bind tighter than arithmetic: `a + b in c` is `a + (b in c)`.",
        r#""a" + user_name in summary"#,
        r#"("a" + user_name) in summary"#,
    ),
    hint(
        "unset-number",
        "A variable that is not set compares as smaller than any number, so the condition is true for actions that have no such variable.",
        "edit_delta < -5000",
        r#"action == "edit" & edit_delta < -5000"#,
    ),
    hint(
        "unused-assignment",
        "A variable that is assigned but never read.",
        "x := page_id; page_namespace == 0",
        "x := page_id; x == 0",
    ),
];
