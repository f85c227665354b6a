//! What people of good will do to a page.

use super::languages::Language;
use super::passages::{Passages, change_number};
use super::prose;
use crate::random::Random;

/// Largest page the farm lets grow, in bytes; beyond it people shorten.
const PAGE_BYTES_MAX: usize = 100_000;

/// A good edit.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) text: String,
    pub(crate) comment: String,
    pub(crate) minor: bool,
}

#[derive(Clone, Copy)]
enum Act {
    Extend,
    Paragraph,
    Section,
    Rewrite,
    Source,
    SeeAlso,
    Category,
    Row,
    Shorten,
    Correct,
    Comma,
    Site,
    Codes,
}

/// Edits an article. The text may come out unchanged where the page has nothing to work on.
pub(crate) fn improve(random: &mut Random, language: &Language, subject: &str, text: &str) -> Work {
    let mut page = Passages::of(text);
    let act = random.weighted(&[
        (26, Act::Extend),
        (12, Act::Paragraph),
        (7, Act::Section),
        (14, Act::Rewrite),
        (12, Act::Source),
        (6, Act::SeeAlso),
        (6, Act::Category),
        (5, Act::Row),
        (5, Act::Shorten),
        (3, Act::Correct),
        (8, Act::Comma),
        (3, Act::Site),
        (2, Act::Codes),
    ]);
    let act = if text.len() > PAGE_BYTES_MAX { Act::Shorten } else { act };
    let section = page.heading(random).map(|heading| format!("/* {heading} */ ")).filter(|_| random.chance(40));
    let minor = apply(random, act, language, subject, &mut page);
    let comment = format!("{}{}", section.unwrap_or_default(), random.word(language.summaries));
    Work { text: page.into_text(), comment, minor }
}

/// Does it; returns whether an author would call it minor.
fn apply(random: &mut Random, act: Act, language: &Language, subject: &str, page: &mut Passages) -> bool {
    match act {
        Act::Extend => {
            let sentence = prose::sentence(random, language, subject);
            match page.prose(random) {
                Some(line) => {
                    line.push_str(language.gap);
                    line.push_str(&sentence);
                }
                None => page.append(&sentence),
            }
        }
        Act::Paragraph => {
            let count = 2 + random.below(4);
            let paragraph = prose::paragraph(random, language, subject, count);
            page.insert(random, &format!("\n{paragraph}"));
        }
        Act::Section => page.append(&prose::section(random, language, subject)),
        Act::Rewrite => {
            let count = 1 + random.below(3);
            let paragraph = prose::paragraph(random, language, subject, count);
            if let Some(line) = page.prose(random) {
                *line = paragraph;
            }
        }
        Act::Source => {
            let reference = prose::reference(random, language);
            if let Some(line) = page.prose(random) {
                line.push_str(&reference);
            }
        }
        Act::SeeAlso => page.append(&format!("* [[{}]]", prose::place(random, language))),
        Act::Category => {
            let category = prose::format_category(random.word(language.categories));
            let whole = page.clone().into_text();
            *page =
                Passages::of(&if whole.contains(category.trim_end()) { whole } else { format!("{whole}\n{category}") });
        }
        Act::Row => {
            let row = prose::row(random, language);
            if !page.insert_row(&row) {
                page.append(&prose::section(random, language, subject));
            }
        }
        Act::Shorten => {
            if !page.remove_prose(random) {
                page.append(&prose::sentence(random, language, subject));
            }
        }
        Act::Correct => {
            if let Some(line) = page.prose(random) {
                change_number(random, line);
            }
        }
        Act::Site => page.append(&prose::official_site(random, subject)),
        Act::Codes => {
            let codes = prose::codes(random);
            page.insert(random, &format!("({codes})"));
        }
        Act::Comma => {
            if let Some(line) = page.prose(random) {
                *line = line.replacen(", ", " – ", 1).replacen("  ", " ", 1).replacen('،', " –", 1);
            }
        }
    }
    matches!(act, Act::Category | Act::Comma)
}

/// What a bot does: tidy white space, date a template, order a category.
pub(crate) fn tidy(random: &mut Random, text: &str) -> Work {
    let task = random.below(3);
    let (text, comment) = match task {
        0 if text.contains("| image = ") && !text.contains("| image_alt") => {
            (text.replacen("| image = ", "| image_alt = \n| image = ", 1), "Bot: adding a missing parameter (task 4)")
        }
        1 if !text.starts_with("{{Use dates") => (
            format!("{{{{Use dates|year={}}}}}\n{text}", random.between(2_020, 2_026)),
            "Bot: dating templates (task 2)",
        ),
        _ => (
            format!("{text}\n[[Category:Maintained {}]]", random.between(1, 400)),
            "Bot: maintenance category (task 7)",
        ),
    };
    Work { text, comment: comment.to_string(), minor: true }
}
