//! Runs what `console` blocks show.
//!
//! A line that begins with `$ ` is a command, run by the shell in `docs/examples/`; what follows is its output, both
//! streams together. Times and measured figures may differ; a line `…` stands for any lines.

use crate::{documents, root};
use std::path::Path;
use std::process::Command;

/// Programs that examples may use.
const ALLOWED: [&str; 4] = ["wikiward", "cat", "echo", "printf"];

struct Example {
    command: String,
    output: String,
}

#[test]
fn commands_in_documents_print_what_the_documents_say() {
    let mut differences = Vec::new();
    let mut count = 0;
    for (path, text) in documents() {
        for example in examples(&text) {
            count += 1;
            let printed = run(&example.command);
            if !is_like(&example.output, &printed) {
                differences.push(format!(
                    "{path}: $ {}\n--- the document\n{}\n--- the program\n{printed}",
                    example.command, example.output
                ));
            }
        }
    }
    assert!(count >= 10, "only {count} commands were found");
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_inside = line == "```console";
        } else if let (true, Some(command)) = (is_inside, line.strip_prefix("$ ")) {
            examples.push(Example { command: command.to_owned(), output: String::new() });
        } else if is_inside {
            let last = examples.last_mut().expect("a block begins with a command");
            last.output.push_str(line);
            last.output.push('\n');
        }
    }
    examples
}

fn run(command: &str) -> String {
    let first = command.split(' ').next().unwrap_or_default();
    assert!(ALLOWED.contains(&first), "examples may not run `{first}`");
    let folder = Path::new(env!("CARGO_BIN_EXE_wikiward")).parent().expect("a program lies in a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("NO_COLOR", "1")
        .current_dir(root().join("docs/examples"))
        .output()
        .expect("there is a shell");
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

/// Whether what is printed is what the document shows, measured figures apart.
fn is_like(shown: &str, printed: &str) -> bool {
    let shown: Vec<String> = shown.trim_end().lines().map(unmeasured).collect();
    let printed: Vec<String> = printed.trim_end().lines().map(unmeasured).collect();
    matches(&shown, &printed)
}

fn matches(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "…" => (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..])),
        Some((first, rest)) => {
            printed.split_first().is_some_and(|(line, others)| line == first && matches(rest, others))
        }
    }
}

/// A line in which times and figures with three decimals are `#`, and the gaps of a line with such are one space.
fn unmeasured(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut kept = Vec::with_capacity(words.len());
    // The heading of a column of times is as wide as the times.
    let mut is_measured = words.contains(&"µs");
    let mut index = 0;
    while let Some(&word) = words.get(index) {
        let next = words.get(index + 1).map_or("", |next| next.trim_end_matches([':', ',', ')', ';']));
        let digits = word.trim_matches(|char: char| !char.is_ascii_digit());
        let is_number = !digits.is_empty() && digits.chars().all(|char| char.is_ascii_digit() || ".,".contains(char));
        let is_time = is_number && ["ns", "µs", "ms", "s"].contains(&next);
        let is_fine = is_number && digits.rsplit_once('.').is_some_and(|(_, decimals)| decimals.len() == 3);
        if is_time {
            kept.push("#");
            index += 1;
        } else {
            kept.push(if is_fine { "#" } else { word });
        }
        is_measured |= is_time || is_fine;
        index += 1;
    }
    if is_measured { kept.join(" ") } else { line.trim_end().to_owned() }
}

#[test]
fn only_measured_figures_may_differ() {
    assert!(is_like("a 12 µs\nb\n", "a   3 ns\nb\n"));
    assert!(is_like("spam  12.347  3\n", "spam 9.001 3\n"));
    assert!(is_like(" rule   µs  a\n", " rule  µs  a\n"));
    assert!(is_like("a\n…\nz\n", "a\nb\nc\nz\n"));
    assert!(!is_like("a 12\n", "a 13\n"));
    assert!(!is_like("spam  12.347  3\n", "spam 9.001 4\n"));
    assert!(!is_like("a\nz\n", "a\nb\nz\n"));
}
