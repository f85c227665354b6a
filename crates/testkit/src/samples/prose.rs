//! Composes names, sentences and whole pages of wikitext in any language of the farm.

use std::fmt::Write;

use super::languages::Language;
use crate::random::Random;

/// Hosts that good edits cite; all under a reserved top-level domain.
const HOSTS: [&str; 6] = [
    "archive.ashenford.example",
    "census.example",
    "www.riverpost.example",
    "library.lindenau.example",
    "maps.oldroads.example",
    "journal.mosslore.example",
];

/// A place's name.
pub(crate) fn place(random: &mut Random, language: &Language) -> String {
    let front = random.word(language.name_fronts);
    let back = random.word(language.name_backs);
    format!("{front}{}{back}", language.name_joint)
}

/// A sentence without markup.
pub(crate) fn plain_sentence(random: &mut Random, language: &Language, subject: &str) -> String {
    let pattern = random.word(language.sentences);
    fill(random, language, subject, pattern, false)
}

/// A sentence as an author writes it: sometimes with a link, sometimes with a reference.
pub(crate) fn sentence(random: &mut Random, language: &Language, subject: &str) -> String {
    let pattern = random.word(language.sentences);
    let linked = random.chance(45);
    let mut text = fill(random, language, subject, pattern, linked);
    if random.chance(18) {
        text.push_str(&reference(random, language));
    }
    text
}

/// `count` sentences on one line.
pub(crate) fn paragraph(random: &mut Random, language: &Language, subject: &str, count: usize) -> String {
    let sentences: Vec<String> = (0..count).map(|_| sentence(random, language, subject)).collect();
    sentences.join(language.gap)
}

/// A line for a talk page, signed.
pub(crate) fn remark(random: &mut Random, language: &Language, subject: &str, user: &str, day: &str) -> String {
    let pattern = random.word(language.talk);
    let text = fill(random, language, subject, pattern, false);
    let depth = ":".repeat(random.below(3));
    format!("{depth}{text} — [[User:{user}|{user}]] {day}")
}

/// A citation.
pub(crate) fn reference(random: &mut Random, language: &Language) -> String {
    let url = address(random);
    let title = place(random, language);
    let year = random.between(1990, 2025);
    match random.below(3) {
        0 => format!("<ref>[{url} {title}], {year}.</ref>"),
        1 => format!("<ref name=\"r{}\">{{{{cite web|url={url}|title={title}|year={year}}}}}</ref>", random.below(900)),
        _ => format!("<ref>{{{{cite book|title={title}|year={year}|page={}}}}}</ref>", random.between(3, 480)),
    }
}

/// A line that links the site of the place itself.
pub(crate) fn official_site(random: &mut Random, subject: &str) -> String {
    format!("* [{} {subject}]", address(random))
}

/// A list of abbreviations, as pages about stations and ships have them.
pub(crate) fn codes(random: &mut Random) -> String {
    const LETTERS: [&str; 12] = ["A", "B", "D", "E", "G", "K", "L", "M", "O", "R", "S", "T"];
    let count = 4 + random.below(5);
    let mut code = || -> String { (0..3).map(|_| random.choose(&LETTERS)).collect() };
    (0..count).map(|_| code()).collect::<Vec<_>>().join(", ")
}

/// The address of a source.
pub(crate) fn address(random: &mut Random) -> String {
    let host = random.choose(&HOSTS);
    format!("https://{host}/{}/{}", random.choose(&["page", "doc", "record", "map"]), random.between(10, 99_999))
}

/// A section with heading and one to three paragraphs.
pub(crate) fn section(random: &mut Random, language: &Language, subject: &str) -> String {
    let heading = random.word(language.headings);
    section_under(random, language, subject, heading)
}

fn section_under(random: &mut Random, language: &Language, subject: &str, heading: &str) -> String {
    let mut text = format!("== {heading} ==\n");
    for _ in 0..random.between(1, 3) {
        let count = 2 + random.below(5);
        text.push_str(&paragraph(random, language, subject, count));
        text.push_str("\n\n");
    }
    match random.below(8) {
        0 => text.push_str(&table(random, language)),
        1 => text.push_str(&list(random, language)),
        _ => {}
    }
    text
}

/// A page of at least about `bytes` bytes; a short one is a stub without box and sections.
pub(crate) fn page(random: &mut Random, language: &Language, subject: &str, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 2_000);
    if bytes > 900 {
        text.push_str(&infobox(random, language, subject));
    }
    let pattern = random.word(language.openings);
    let opening = fill(random, language, &format!("'''{subject}'''"), pattern, true);
    text.push_str(&opening);
    text.push_str(language.gap);
    text.push_str(&paragraph(random, language, subject, 2));
    text.push_str("\n\n");
    let mut headings = language.headings.iter();
    while text.len() + 150 < bytes {
        // A long page has more sections than there are usual headings; the others are named after places.
        let heading = headings.next().map_or_else(|| place(random, language), ToString::to_string);
        text.push_str(&section_under(random, language, subject, &heading));
    }
    if text.contains("<ref") {
        text.push_str("{{reflist}}\n\n");
    }
    for _ in 0..=random.below(2) {
        text.push_str(&format_category(random.word(language.categories)));
    }
    text.truncate(text.trim_end().len());
    text
}

/// The line that puts a page into a category.
pub(crate) fn format_category(name: &str) -> String {
    format!("[[Category:{name}]]\n")
}

/// One row of a table, as [`page`] writes tables.
pub(crate) fn row(random: &mut Random, language: &Language) -> String {
    let name = place(random, language);
    format!("|-\n| [[{name}]] || {} || {}\n", random.between(1_400, 2_024), random.between(12, 9_800))
}

fn table(random: &mut Random, language: &Language) -> String {
    let mut text = String::from("{| class=\"wikitable sortable\"\n! Name !! Year !! Number\n");
    for _ in 0..random.between(3, 8) {
        text.push_str(&row(random, language));
    }
    text.push_str("|}\n\n");
    text
}

fn list(random: &mut Random, language: &Language) -> String {
    let mut text = String::new();
    for _ in 0..random.between(3, 7) {
        let name = place(random, language);
        let thing = random.word(language.things);
        let _ = writeln!(text, "* [[{name}]]: {thing} ({})", random.between(1_300, 2_020));
    }
    text.push('\n');
    text
}

fn infobox(random: &mut Random, language: &Language, subject: &str) -> String {
    format!(
        "{{{{Infobox place\n| name = {subject}\n| population = {}\n| elevation_m = {}\n| founded = {}\n| image = {}.jpg\n}}}}\n",
        random.between(90, 48_000),
        random.between(2, 1_900),
        random.between(800, 1_950),
        place(random, language),
    )
}

fn fill(random: &mut Random, language: &Language, subject: &str, pattern: &str, linked: bool) -> String {
    let other = place(random, language);
    let other = if linked { format!("[[{other}]]") } else { other };
    pattern
        .replace("{p}", subject)
        .replace("{q}", &other)
        .replace("{t}", random.word(language.things))
        .replace("{y}", &random.between(1_610, 2_019).to_string())
        .replace("{n}", &random.between(12, 9_400).to_string())
}
