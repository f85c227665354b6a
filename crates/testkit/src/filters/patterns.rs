//! Regular expressions as editors of filters write them, in text ready to stand inside double quotes.

use super::conjuncts::listed;
use crate::random::Random;

/// A pattern without alternatives, as for counting.
pub(super) fn simple(random: &mut Random) -> &'static str {
    random.choose(&[
        "\\[\\[",
        "<ref",
        "[A-Z]{3,}",
        "https?://",
        "\\b\\d{4}\\b",
        "!{2,}",
        "\\{\\{",
        "\\n\\*",
        "[^\\x00-\\x7F]",
        "==+",
        "''+",
        "\\|\\s*\\w+\\s*=",
        "\\p{Lu}",
        "[?!]",
    ])
}

/// Any pattern. Of a hundred: seventy have alternatives, eight look around or back.
pub(super) fn pattern(random: &mut Random) -> String {
    match random.below(100) {
        0..8 => special(random),
        8..20 => simple(random).to_string(),
        20..30 => anchored(random),
        30..40 => lazy(random),
        _ => alternatives(random),
    }
}

/// What an automaton cannot do.
fn special(random: &mut Random) -> String {
    let word = plain(random);
    match random.below(8) {
        0 => format!("(?=.*\\b{word}\\b).*\\d{{3}}"),
        1 => format!("\\b{word}(?! of| in)\\b"),
        2 => "(.)\\1{7}".to_string(),
        3 => "(\\b\\w+\\b)(?:\\s+\\1){3}".to_string(),
        4 => format!("(?<!\\[){word}"),
        5 => format!("(?<=\\n){word}\\b"),
        6 => format!("^(?!.*<ref).*{word}"),
        _ => "([a-z]{2,4}?)\\1{5}".to_string(),
    }
}

fn anchored(random: &mut Random) -> String {
    let (first, second) = (plain(random), plain(random));
    match random.below(4) {
        0 => format!("^{first}"),
        1 => format!("^(?:{first}|{second})\\b"),
        2 => format!("(^|\\n){first}"),
        _ => format!("\\b{first}\\W*$"),
    }
}

fn lazy(random: &mut Random) -> String {
    let (first, second) = (plain(random), plain(random));
    match random.below(4) {
        0 => format!("{first}.*?{second}"),
        1 => format!("<[a-z]+[^>]*?>{first}"),
        2 => format!("{first}\\s*[-–—:]?\\s*\\+?\\d[\\d\\s.()-]{{6,}}\\d"),
        _ => format!("(?i){first}[\\s_]+{second}"),
    }
}

fn alternatives(random: &mut Random) -> String {
    let count = random.weighted(&[(40, 2), (30, 4), (18, 7), (9, 14), (3, 40)]);
    let words: Vec<String> = (0..count).map(|_| decorated(random)).collect();
    let words = words.join("|");
    match random.below(5) {
        0 => format!("\\b({words})\\b"),
        1 => format!("\\b(?:{words})"),
        2 => format!("(?:{words})s?\\b"),
        3 => format!("({words})"),
        _ => words,
    }
}

fn decorated(random: &mut Random) -> String {
    let word = plain(random);
    match random.below(10) {
        0 => format!("{word}s?"),
        1 => word.replacen('o', "[o0]+", 1),
        2 => word.replace('e', "(?:e|3)"),
        3 => format!("{word}\\d*"),
        _ => word,
    }
}

/// A word in which nothing is special, with spaces as people match them.
fn plain(random: &mut Random) -> String {
    let word = listed(random).replace(['{', '#', '<'], "");
    if random.chance(30) { word.replace(' ', "\\s*") } else { word }
}
