//! Pages of the book that are made from the code.

use crate::root;
use clap::{Command, CommandFactory};
use std::fmt::Write;
use std::fs;
use wikiward_cli::args::Cli;
use wikiward_cli::brake::{KEYS, Kind};
use wikiward_cli::input::variables::VARIABLE_RULES;
use wikiward_rules::error::ErrorId;
use wikiward_rules::lint::LINTS;
use wikiward_rules::vocabulary::functions::FUNCTIONS;
use wikiward_rules::vocabulary::variables::{
    DEPRECATED, DISABLED, LATER_THAN_1_39, PROTECTED, RENAMED_AFTER_1_39, Subject, VARIABLES,
};

const MARK: &str = "<!-- Made from the code by crates/cli/tests/docs.rs; change it there. -->\n\n";

/// Compares a page with what it should be, or writes it.
pub(crate) fn compare(page: &str, body: &str) {
    let path = root().join("docs/src/reference").join(page);
    let expected = format!("{MARK}{}\n", body.trim_end());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, expected).expect("the page can be written");
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{page} is out of date; UPDATE_DOCS=1 writes it anew. It should be:\n{expected}");
}

/// A text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A rule as code for a cell of a table.
fn code(rule: &str) -> String {
    format!("`{}`", cell(rule))
}

#[test]
fn the_page_of_functions_lists_them_all() {
    let mut page = "# Functions\n\nAll functions by name. Each call counts one condition, unless an equal call of the same action is \
                    remembered. Names are written in lower case. Casts of arguments are those of [the language](language.md).\n\n\
                    | call | arguments | gives | what |\n|---|---|---|---|\n"
        .to_owned();
    let mut functions: Vec<_> = FUNCTIONS.iter().collect();
    functions.sort_by_key(|function| function.name);
    for function in functions {
        let arguments = match function.most {
            Some(most) if most == function.least => most.to_string(),
            Some(most) => format!("{} to {most}", function.least),
            None => format!("{} or more", function.least),
        };
        let _ = writeln!(
            page,
            "| {} | {arguments} | {} | {} |",
            code(function.signature),
            function.returns,
            cell(function.about)
        );
    }
    compare("functions.md", &page);
}

#[test]
fn the_page_of_variables_lists_them_all() {
    const SUBJECTS: [(Subject, &str); 7] = [
        (Subject::Every, "Every action"),
        (Subject::User, "The user"),
        (Subject::Page, "The page"),
        (Subject::Move, "Moves"),
        (Subject::Text, "The text"),
        (Subject::File, "Files"),
        (Subject::Account, "Accounts"),
    ];
    let mut page = "# Variables\n\nThe variables of the software itself. A variable that an action does not have is null when \
                    filters run. *Lazy* ones are computed or fetched when a rule first reads them. Extensions of a wiki add \
                    more; name them with `--known`.\n"
        .to_owned();
    for (subject, title) in SUBJECTS {
        let _ = writeln!(
            page,
            "\n## {title}\n\nSet for: {}.\n\n| name | type | | what |\n|---|---|---|---|",
            subject.when()
        );
        for variable in VARIABLES.iter().filter(|variable| variable.subject == subject) {
            let mut marks = Vec::new();
            if variable.is_lazy {
                marks.push("lazy");
            }
            if PROTECTED.contains(&variable.name) {
                marks.push("protected");
            }
            if LATER_THAN_1_39.contains(&variable.name) {
                marks.push("not in 1.39");
            }
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {} |",
                variable.name,
                variable.kind.name(),
                marks.join(", "),
                cell(variable.about)
            );
        }
    }
    page.push_str("\n## Deprecated names\n\nThey read the new variable.\n\n| old | new |\n|---|---|\n");
    for (old, new) in DEPRECATED {
        let _ = writeln!(page, "| `{old}` | `{new}` |");
    }
    let renamed = RENAMED_AFTER_1_39.map(|name| format!("`{name}`")).join(" and ");
    let _ = writeln!(page, "\nIn 1.39, {renamed} are the current names.");
    let disabled = DISABLED.map(|name| format!("`{name}`")).join(", ");
    let _ = writeln!(page, "\n## Disabled names\n\nReading them is the error `disabledvar`: {disabled}.");
    compare("variables.md", &page);
}

#[test]
fn the_page_of_lints_lists_them_all() {
    let mut page = "# Lints\n\nWhat `rule check` finds in rules that have no error. A *warning* is probably a mistake; a *hint* is \
                    a better way to say it. With `--deny-warnings`, warnings count as errors.\n"
        .to_owned();
    for lint in LINTS {
        let severity = format!("{:?}", lint.severity).to_lowercase();
        let _ = write!(
            page,
            "\n## {}\n\n*{severity}.* {}\n\n```text\n{}\n```\n\nBetter:\n\n```text\n{}\n```\n",
            lint.name, lint.about, lint.example, lint.instead
        );
    }
    compare("lints.md", &page);
}

/// Where each error arises and what it means.
fn meaning(id: ErrorId) -> (&'static str, &'static str) {
    match id {
        ErrorId::UnclosedComment => ("text", "a comment has no end"),
        ErrorId::UnclosedString => ("text", "a string has no end"),
        ErrorId::UnrecognisedToken => ("text", "no token begins like this; parameter: the rest of the text"),
        ErrorId::UnexpectedToken => {
            ("text", "something stands where a value is expected; parameters: token type, value")
        }
        ErrorId::UnrecognisedKeyword => ("text", "a keyword stands where a value is expected; parameter: the keyword"),
        ErrorId::ExpectedNotFound => (
            "text",
            "a closing word or bracket is missing; parameters: what was expected, type and value of what was found",
        ),
        ErrorId::UnexpectedAtEnd => ("text", "something follows the complete rule; parameter: the token type"),
        ErrorId::UnknownFunction => ("check", "there is no function of that name; parameter: the name"),
        ErrorId::NoParams => ("check", "a function that needs one argument has none; parameters: name, needed, given"),
        ErrorId::NotEnoughArgs => ("check", "too few arguments; parameters: name, needed, given"),
        ErrorId::TooManyArgs => ("check", "too many arguments; parameters: name, allowed, given"),
        ErrorId::VariableVariable => ("check", "the first argument of `set` is not written as a string"),
        ErrorId::UnrecognisedVar => ("check", "there is no variable of that name; parameter: the name"),
        ErrorId::DisabledVar => ("check", "the variable exists no more; parameter: the name"),
        ErrorId::UseBuiltin => ("check", "a function or keyword is used as a variable; parameter: the name"),
        ErrorId::OverrideBuiltin => ("check", "a reserved name is assigned to; parameter: the name"),
        ErrorId::DivideByZero => ("run", "division by zero; parameter: the left number"),
        ErrorId::RegexFailure => {
            ("run", "a regular expression does not compile, or ran into one of PCRE2's limits; parameter: the pattern")
        }
        ErrorId::InvalidIpRange => ("run", "a text is no range of addresses; parameter: the text"),
        ErrorId::NotArray => ("run", "an index on something that is no array"),
        ErrorId::OutOfBounds => ("run", "an index beyond the end; parameters: index, length"),
        ErrorId::NegativeIndex => ("run", "a negative index; parameter: the index"),
        ErrorId::ConditionLimit => ("run", "the action's conditions are used up; it has no position"),
        ErrorId::BadOperand => ("run, ours", "unary minus on an array"),
        ErrorId::TooDeep => ("text, ours", "brackets and branches are nested too deeply"),
        ErrorId::WorkLimit => ("run, ours", "the rule used up its work or memory"),
        ErrorId::TooLong => ("text, ours", "the rule is too long; parameter: the limit in bytes"),
    }
}

#[test]
fn the_page_of_errors_lists_them_all() {
    let mut page = "# Errors\n\nThe ids are AbuseFilter's, with its byte positions and parameters; those marked *ours* stand for \
                    what makes AbuseFilter fail internally. *Text*: found while the text is read, before anything else. *Check*: found before \
                    the first evaluation. *Run*: found while the rule runs; the filter then does not match and the others go on.\n\n\
                    | id | found | meaning |\n|---|---|---|\n"
        .to_owned();
    for id in ErrorId::ALL {
        let (found, meaning) = meaning(id);
        let _ = writeln!(page, "| `{}` | {found} | {} |", id.name(), cell(meaning));
    }
    page.push_str(
        "\nThere is one warning, `match-empty-regex`: a pattern also matches the empty text. A rule with warnings can be saved.\n",
    );
    compare("errors.md", &page);
}

#[test]
fn the_page_of_recorded_edits_lists_all_variables_that_records_give() {
    let mut page =
        "# Variables of recorded edits\n\nWhat a backtest makes of the record of an edit, and what it assumes with \
                    `--assume` where the record does not say. What neither column gives stays unknown. Variables that \
                    follow from these (`added_lines` and the like) are derived as always.\n\n\
                    | variable | from the record | assumed |\n|---|---|---|\n"
            .to_owned();
    for rule in VARIABLE_RULES {
        let _ = writeln!(page, "| `{}` | {} | {} |", rule.name, cell(rule.from_record), cell(rule.assumed));
    }
    compare("recorded-edits.md", &page);
}

#[test]
fn the_page_of_scenarios_lists_all_keys() {
    let mut page = "# Scenarios of the brake\n\nKeys of the TOML files that `wikiward brake simulate --scenario` reads. All may be \
                    left out: an empty file is a good filter on a small wiki. `wiki.people` is written `people = 8` under `[wiki]`. \
                    What is wrong is reported with its line and key.\n"
        .to_owned();
    let mut table = None;
    for key in KEYS {
        let (above, _) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        if table != Some(above) {
            table = Some(above);
            let name = if above.is_empty() { "At the top".to_owned() } else { format!("`[{above}]`") };
            let _ = write!(page, "\n## {name}\n\n| key | value | if left out | meaning |\n|---|---|---|---|\n");
        }
        let words = |words: &[&str]| words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ");
        let value = match key.kind {
            Kind::Number(least, most) => format!("a number from {least} to {most}"),
            Kind::Count(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Flag => "`true` or `false`".to_owned(),
            Kind::Text => "a text".to_owned(),
            Kind::One(all) => format!("one of {}", words(all)),
            Kind::Some(all) => format!("a list of {}", words(all)),
            Kind::Wanted => "a number, met within 30 %; `\"never\"`; `\"at most 5\"`; `\"at least 5\"`".to_owned(),
        };
        let name = key.path.rsplit('.').next().unwrap_or(key.path);
        let _ = writeln!(page, "| `{name}` | {value} | {} | {} |", key.default, cell(key.meaning));
    }
    compare("brake-scenarios.md", &page);
}

#[test]
fn the_page_of_commands_is_what_help_prints() {
    let mut page = "# Commands\n\nWhat `wikiward` and its commands print with `--help`.\n".to_owned();
    let mut program = Cli::command().term_width(100);
    program.build();
    describe(&mut page, &program);
    compare("cli.md", &page);
}

fn describe(page: &mut String, command: &Command) {
    let path = command.get_bin_name().unwrap_or(command.get_name());
    let help = command.clone().render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## {path}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(page, below);
    }
}
