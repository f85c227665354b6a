//! The conditions that generated filters are made of.

use super::patterns;
use crate::random::Random;

/// Words that lists in conditions hold. Invented or harmless.
const WORDS: [&str; 30] = [
    "poopyhead",
    "stinkyface",
    "noodlebrain",
    "dummkopf",
    "turnip",
    "smelly",
    "wonder pills",
    "best price",
    "buy now",
    "free offer",
    "gnome",
    "casino bonus",
    "lol",
    "haha",
    "was here",
    "subscribe",
    "follow me",
    "my channel",
    "call now",
    "hello world",
    "unsourced",
    "citation",
    "#redirect",
    "{{delete",
    "<ref",
    "copyright",
    "all rights reserved",
    "test edit",
    "ハロー",
    "купить",
];
const TEXTS: [&str; 10] = [
    "added_lines",
    "added_lines",
    "added_lines",
    "added_lines",
    "added_lines",
    "summary",
    "new_wikitext",
    "page_title",
    "user_name",
    "added_links",
];

/// One of the words.
pub(super) fn listed(random: &mut Random) -> &'static str {
    random.choose(&WORDS)
}

/// Conditions that cost next to nothing; they stand in front and decide most edits.
pub(super) fn cheap(random: &mut Random) -> Vec<String> {
    let mut found = Vec::new();
    if random.chance(21) {
        found.push(
            random
                .choose(&["action == \"edit\"", "action = \"edit\"", "action == 'edit'", "action != \"move\""])
                .to_string(),
        );
    }
    if random.chance(62) {
        let name = if random.chance(85) { "article_namespace" } else { "page_namespace" };
        let space = random.choose(&["== 0", "== 0", "== 0", "= 0", "== 2", "% 2 == 0", "!= 3"]);
        found.push(if random.chance(25) { format!("({name} {space})") } else { format!("{name} {space}") });
    }
    if random.chance(50) {
        let group = random.choose(&["autoconfirmed", "autoconfirmed", "confirmed", "bot", "sysop"]);
        found.push(
            random
                .choose(&["!(\"{g}\" in user_groups)", "!\"{g}\" in user_groups", "!('{g}' in user_groups)"])
                .replace("{g}", group),
        );
    }
    if random.chance(14) {
        let count = random.choose(&[5, 10, 25, 50, 100, 300, 500]);
        found.push(format!("user_editcount {} {count}", random.choose(&["<", "<", "<="])));
    }
    if random.chance(8) {
        found.push(format!(
            "user_age {} {}",
            random.choose(&["<", "==", "<="]),
            random.choose(&[0, 3_600, 86_400, 345_600])
        ));
    }
    if random.chance(5) {
        let range = random.choose(&["192.0.2.0/24", "198.51.100.64/26", "203.0.113.0/25", "2001:db8::/32"]);
        found.push(format!("ip_in_range(user_name, \"{range}\")"));
    }
    if random.chance(13) {
        found.push(size(random));
    }
    if random.chance(8) {
        found.push(random.choose(&["article_articleid == 0", "page_id == 0", "article_articleid != 0"]).to_string());
    }
    found
}

/// A variable of the filter's own, and what it holds.
pub(super) fn assignment(random: &mut Random) -> (String, String) {
    let name = random.choose(&["line", "txt", "added", "s", "cleaned", "needle"]).to_string();
    let value = random.choose(&[
        "added_lines",
        "lcase(summary)",
        "ccnorm(added_lines)",
        "rmwhitespace(lcase(added_lines))",
        "lcase(rmspecials(added_lines))",
        "added_lines + summary",
        "str_replace(added_lines, \"_\", \" \")",
        "rmdoubles(ccnorm(added_lines))",
        "substr(new_wikitext, 0, 500)",
    ]);
    (name, value.to_string())
}

/// A condition on text; it reads `variable` often, if there is one.
pub(super) fn text(random: &mut Random, variable: Option<&str>) -> String {
    let text = match variable {
        Some(name) if random.chance(60) => name.to_string(),
        _ => random.choose(&TEXTS).to_string(),
    };
    let lower = if random.chance(14) { format!("lcase({text})") } else { text.clone() };
    match random.below(100) {
        0..20 => format!("{lower} rlike \"{}\"", patterns::pattern(random)),
        20..31 => format!("{text} irlike \"{}\"", patterns::pattern(random)),
        31..37 => format!("contains_any({lower}, {})", list(random, 2, 9)),
        37..50 => format!("{lower} contains \"{}\"", listed(random)),
        50..72 => format!("\"{}\" in {lower}", listed(random)),
        72..77 => count(random, &text),
        77..81 => format!("ccnorm({text}) contains \"{}\"", listed(random).to_uppercase()),
        81..90 => size(random),
        90..93 => alternatives(random, &text, &lower),
        93..95 => format!("equals_to_any(page_namespace, {})", random.choose(&["0, 2, 4", "0, 10", "2, 3"])),
        95..97 => format!("({} ? {text} : summary) rlike \"{}\"", "edit_delta > 0", patterns::pattern(random)),
        97 => format!("norm({text}) rlike \"{}\"", listed(random).replace(['{', '#', '<'], "").to_uppercase()),
        98 => format!("{text} like \"*{}*\"", listed(random).replace(['{', '#', '<'], "")),
        _ => format!("strpos({lower}, \"{}\") > -1", listed(random)),
    }
}

/// What the filter lets pass.
pub(super) fn exception(random: &mut Random) -> String {
    match random.below(12) {
        0 | 7 | 8 => "!(user_name in article_recent_contributors)".to_string(),
        1 => format!("!(removed_lines rlike \"{}\")", patterns::pattern(random)),
        2 => format!("!(removed_lines contains \"{}\")", listed(random)),
        3 => format!("!contains_any(lcase(removed_lines), {})", list(random, 2, 5)),
        4 => format!("!(summary rlike \"^(?:rv|revert|undid)\\b|{}\")", listed(random).replace(['{', '#', '<'], "")),
        5 => format!("!(\"{}\" in old_wikitext)", listed(random)),
        _ => format!("!\"{}\" in removed_lines", listed(random)),
    }
}

fn alternatives(random: &mut Random, text: &str, lower: &str) -> String {
    let (first, second) = (patterns::pattern(random), patterns::pattern(random));
    let third = listed(random);
    format!(
        "(\n  {lower} rlike \"{first}\" |\n  {text} irlike \"{second}\" |\n  ({text} contains \"{third}\" & edit_delta > 0)\n)"
    )
}

fn count(random: &mut Random, text: &str) -> String {
    let limit = random.choose(&[1, 2, 3, 5, 10, 20]);
    match random.below(5) {
        0 => format!("count(\"{}\", {text}) > {limit}", listed(random)),
        1 => format!("(rcount(\"[A-Z]\", {text}) / (length({text}) + 1)) > 0.{}", random.between(3, 8)),
        2 => format!("rcount(\"{0}\", {text}) > rcount(\"{0}\", removed_lines)", patterns::simple(random)),
        _ => format!("rcount(\"{}\", {text}) > {limit}", patterns::simple(random)),
    }
}

fn size(random: &mut Random) -> String {
    match random.below(7) {
        0 => format!("edit_delta > {}", random.choose(&[0, 100, 500, 2_000])),
        1 => format!("edit_delta < -{}", random.choose(&[50, 500, 2_000, 5_000])),
        2 => format!("new_size < {}", random.choose(&[50, 150, 500])),
        3 => format!("old_size > {}", random.choose(&[200, 300, 1_000])),
        4 => format!("length(added_lines) > {}", random.choose(&[20, 100, 600])),
        5 => "new_size < old_size / 3".to_string(),
        _ => format!("length(rmwhitespace(new_wikitext)) < {}", random.choose(&[20, 200])),
    }
}

fn list(random: &mut Random, least: i64, most: i64) -> String {
    let words: Vec<String> = (0..random.between(least, most)).map(|_| format!("\"{}\"", listed(random))).collect();
    words.join(", ")
}
