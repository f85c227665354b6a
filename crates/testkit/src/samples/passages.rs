//! Finds and changes the places in a wikitext where an author would write.

use crate::random::Random;

/// Shortest line that counts as prose, in bytes.
const PROSE_BYTES_MIN: usize = 40;

/// The lines of a page, to be changed and put together again.
#[derive(Clone, Debug)]
pub(crate) struct Passages {
    lines: Vec<String>,
}

impl Passages {
    pub(crate) fn of(text: &str) -> Self {
        Self { lines: text.split('\n').map(ToString::to_string).collect() }
    }

    /// The text, without white space at its end, as a wiki stores it.
    pub(crate) fn into_text(self) -> String {
        let mut text = self.lines.join("\n");
        text.truncate(text.trim_end().len());
        text
    }

    /// A line of prose: no heading, table, template, list or category. `None` if the page has none.
    pub(crate) fn prose(&mut self, random: &mut Random) -> Option<&mut String> {
        let at = self.prose_at(random)?;
        self.lines.get_mut(at)
    }

    /// Puts a line behind a line of prose, or at the end.
    pub(crate) fn insert(&mut self, random: &mut Random, line: &str) {
        let at = self.prose_at(random).map_or(self.lines.len(), |at| at + 1);
        self.lines.insert(at, line.to_string());
    }

    /// Puts a block where the last section ends: in front of references and categories.
    pub(crate) fn append(&mut self, block: &str) {
        let end = self.lines.iter().position(|line| line.starts_with("{{reflist") || line.starts_with("[[Category:"));
        let at = end.unwrap_or(self.lines.len());
        if at > 0 && self.lines.get(at - 1).is_some_and(|line| !line.is_empty()) {
            self.lines.insert(at, String::new());
            self.lines.insert(at + 1, block.trim_end().to_string());
        } else {
            self.lines.insert(at, format!("{}\n", block.trim_end()));
        }
    }

    /// Takes away a line of prose; false if it is the only one.
    pub(crate) fn remove_prose(&mut self, random: &mut Random) -> bool {
        if self.lines.iter().filter(|line| is_prose(line)).count() < 2 {
            return false;
        }
        self.prose_at(random).map(|at| self.lines.remove(at)).is_some()
    }

    /// Puts a row into the first table, or an item into the first list; false if there is neither.
    pub(crate) fn insert_row(&mut self, row: &str) -> bool {
        let Some(at) = self.lines.iter().position(|line| line == "|}") else {
            return false;
        };
        self.lines.insert(at, row.trim_end().to_string());
        true
    }

    /// The title of some section.
    pub(crate) fn heading(&self, random: &mut Random) -> Option<&str> {
        let headings: Vec<&str> =
            self.lines.iter().filter_map(|line| line.strip_prefix("== ")?.strip_suffix(" ==")).collect();
        headings.get(random.below(headings.len())).copied()
    }

    fn prose_at(&self, random: &mut Random) -> Option<usize> {
        let prose: Vec<usize> =
            self.lines.iter().enumerate().filter(|(_, line)| is_prose(line)).map(|(at, _)| at).collect();
        prose.get(random.below(prose.len())).copied()
    }
}

fn is_prose(line: &str) -> bool {
    line.len() >= PROSE_BYTES_MIN && !line.starts_with(['=', '{', '|', '}', '!', '*', '#', ':', '<', '['])
}

/// Changes one number of two to four digits, not inside a link or template argument that names a file.
///
/// Returns false if the line has no such number.
pub(crate) fn change_number(random: &mut Random, line: &mut String) -> bool {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, byte) in line.bytes().chain([b' ']).enumerate() {
        match (byte.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                if (2..=4).contains(&(at - from)) {
                    runs.push((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    let Some(&(from, to)) = runs.get(random.below(runs.len())) else {
        return false;
    };
    let Some(old) = line.get(from..to).and_then(|digits| digits.parse::<i64>().ok()) else {
        return false;
    };
    let low = 10_i64.pow(u32::try_from(to - from - 1).unwrap_or(1));
    let mut new = random.between(low, low * 10 - 1);
    if new == old {
        new = if old == low { old + 1 } else { old - 1 };
    }
    line.replace_range(from..to, &new.to_string());
    true
}

/// Removes every reference from a text; returns how many there were.
pub(crate) fn remove_references(text: &str) -> (String, usize) {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    let mut count = 0;
    while let Some((before, after)) = rest.split_once("<ref") {
        let Some((_, behind)) = after.split_once("</ref>") else {
            break;
        };
        kept.push_str(before);
        rest = behind;
        count += 1;
    }
    kept.push_str(rest);
    (kept, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_number_keeps_its_length_and_differs() {
        let mut random = Random::new(4);
        for _ in 0..200 {
            let mut line = String::from("In 1923 there were 45 mills and 12345 sheep.");
            assert!(change_number(&mut random, &mut line));
            assert_eq!(line.len(), 44);
            assert_ne!(line, "In 1923 there were 45 mills and 12345 sheep.");
            assert!(line.contains("12345"));
        }
        assert!(!change_number(&mut random, &mut String::from("no number, or 5")));
    }

    #[test]
    fn references_go_and_the_rest_stays() {
        assert_eq!(remove_references("a<ref>x</ref>b<ref name=\"y\">z</ref>."), ("ab.".to_string(), 2));
        assert_eq!(remove_references("a<ref>open"), ("a<ref>open".to_string(), 0));
    }

    #[test]
    fn a_new_section_stands_before_references_and_categories() {
        let mut page = Passages::of("text\n\n{{reflist}}\n[[Category:A]]");
        page.append("== H ==\nmore\n");
        assert_eq!(page.into_text(), "text\n\n== H ==\nmore\n\n{{reflist}}\n[[Category:A]]");
    }
}
