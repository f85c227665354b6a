//! Three ways: what two people made of the same version.

use super::fields;
use super::lines::{self, Range};
use crate::model::Draft;
use serde_json::Value;

/// Who changed a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Nobody.
    Nobody,
    /// The one whose save came too late.
    Mine,
    /// The one who saved in between.
    Theirs,
    /// Both, and in the same way.
    Both,
    /// Both, and in different ways.
    Conflict,
}

impl Side {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Mine => "mine",
            Self::Theirs => "theirs",
            Self::Both => "both",
            Self::Conflict => "conflict",
        }
    }

    fn of<T: PartialEq + ?Sized>(base: &T, mine: &T, theirs: &T) -> Self {
        match (mine == base, theirs == base) {
            (true, true) => Self::Nobody,
            (false, true) => Self::Mine,
            (true, false) => Self::Theirs,
            (false, false) if mine == theirs => Self::Both,
            (false, false) => Self::Conflict,
        }
    }
}

/// A stretch of lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Who changed it.
    pub side: Side,
    /// What it was.
    pub base: String,
    /// What the one made of it.
    pub mine: String,
    /// What the other made of it.
    pub theirs: String,
}

/// A field that somebody changed.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldSides {
    /// The field, as a path.
    pub field: String,
    /// Who changed it.
    pub side: Side,
    /// Its value before.
    pub base: Value,
    /// What the one wants.
    pub mine: Value,
    /// What the other saved.
    pub theirs: Value,
}

/// What two people made of the same version of a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreeWay {
    /// The rule.
    pub rules: Vec<Stretch>,
    /// The notes.
    pub notes: Vec<Stretch>,
    /// The other fields that somebody changed.
    pub fields: Vec<FieldSides>,
}

impl ThreeWay {
    /// What `mine` and `theirs` made of `base`.
    pub fn new(base: &Draft, mine: &Draft, theirs: &Draft) -> Self {
        Self {
            rules: texts(&base.rules, &mine.rules, &theirs.rules),
            notes: texts(&base.notes, &mine.notes, &theirs.notes),
            fields: field_sides(base, mine, theirs),
        }
    }

    /// Whether both changed the same thing in different ways.
    pub fn has_conflict(&self) -> bool {
        let mut texts = self.rules.iter().chain(&self.notes);
        texts.any(|it| it.side == Side::Conflict) || self.fields.iter().any(|it| it.side == Side::Conflict)
    }
}

/// The text with the changes of both; none if they are in conflict.
pub fn merged(stretches: &[Stretch]) -> Option<String> {
    let text = |it: &Stretch| match it.side {
        Side::Nobody => Some(it.base.clone()),
        Side::Mine | Side::Both => Some(it.mine.clone()),
        Side::Theirs => Some(it.theirs.clone()),
        Side::Conflict => None,
    };
    stretches.iter().map(text).collect()
}

/// What two people made of a text, in stretches of lines.
///
/// Joining the stretches' `base`, `mine` or `theirs` gives that text. Changes that touch are one stretch.
pub fn texts(base: &str, mine: &str, theirs: &str) -> Vec<Stretch> {
    let (base, mine, theirs) = (lines::split(base), lines::split(mine), lines::split(theirs));
    let by_me = lines::hunks(&base, &mine);
    let by_them = lines::hunks(&base, &theirs);
    let mut stretches = Vec::new();
    let mut at = Places::default();
    let (mut i, mut j) = (0, 0);
    while i < by_me.len() || j < by_them.len() {
        // The next change of either, and whatever of both touches it.
        let starts = [by_me.get(i), by_them.get(j)].into_iter().flatten().map(|(before, _)| before.start);
        let start = starts.min().unwrap_or(base.len());
        let mut end = start;
        let (first_i, first_j) = (i, j);
        loop {
            if let Some((before, _)) = by_me.get(i).filter(|(before, _)| before.start <= end) {
                end = end.max(before.end);
                i += 1;
            } else if let Some((before, _)) = by_them.get(j).filter(|(before, _)| before.start <= end) {
                end = end.max(before.end);
                j += 1;
            } else {
                break;
            }
        }
        let unchanged = start - at.base;
        push(
            &mut stretches,
            &base,
            at.base..start,
            &mine,
            at.mine..at.mine + unchanged,
            &theirs,
            at.theirs..at.theirs + unchanged,
        );
        at = Places { base: start, mine: at.mine + unchanged, theirs: at.theirs + unchanged };
        let mine_end = grown(at.mine, start..end, by_me.get(first_i..i).unwrap_or_default());
        let theirs_end = grown(at.theirs, start..end, by_them.get(first_j..j).unwrap_or_default());
        push(&mut stretches, &base, start..end, &mine, at.mine..mine_end, &theirs, at.theirs..theirs_end);
        at = Places { base: end, mine: mine_end, theirs: theirs_end };
    }
    push(&mut stretches, &base, at.base..base.len(), &mine, at.mine..mine.len(), &theirs, at.theirs..theirs.len());
    stretches
}

#[derive(Debug, Clone, Copy, Default)]
struct Places {
    base: usize,
    mine: usize,
    theirs: usize,
}

/// Where the lines end that stand for `range` of the base in a text whose counterpart begins at `start`.
fn grown(start: usize, range: Range, hunks: &[(Range, Range)]) -> usize {
    let removed: usize = hunks.iter().map(|(before, _)| before.len()).sum();
    let added: usize = hunks.iter().map(|(_, after)| after.len()).sum();
    start + range.len() - removed + added
}

fn push(stretches: &mut Vec<Stretch>, base: &[&str], b: Range, mine: &[&str], m: Range, theirs: &[&str], t: Range) {
    let join = |lines: &[&str], range: Range| lines.get(range).unwrap_or_default().concat();
    let (base, mine, theirs) = (join(base, b), join(mine, m), join(theirs, t));
    if base.is_empty() && mine.is_empty() && theirs.is_empty() {
        return;
    }
    let side = Side::of(&base, &mine, &theirs);
    stretches.push(Stretch { side, base, mine, theirs });
}

fn field_sides(base: &Draft, mine: &Draft, theirs: &Draft) -> Vec<FieldSides> {
    let all = [fields::values(base), fields::values(mine), fields::values(theirs)];
    let mut names: Vec<&String> = all.iter().flatten().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let value = |values: &[(String, Value)], name: &str| {
        values.iter().find(|(field, _)| field == name).map_or(Value::Null, |(_, value)| value.clone())
    };
    let sides = names.into_iter().map(|name| {
        let [base, mine, theirs] = all.each_ref().map(|values| value(values, name));
        FieldSides { field: name.clone(), side: Side::of(&base, &mine, &theirs), base, mine, theirs }
    });
    sides.filter(|it| it.side != Side::Nobody).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "([abc]\n){0,10}[abc]?";

    fn joined(stretches: &[Stretch], part: impl Fn(&Stretch) -> &str) -> String {
        stretches.iter().map(part).collect()
    }

    proptest! {
        #[test]
        fn the_three_texts_are_in_the_stretches(base in TEXT, mine in TEXT, theirs in TEXT) {
            let stretches = texts(&base, &mine, &theirs);
            prop_assert_eq!(joined(&stretches, |it| &it.base), base);
            prop_assert_eq!(joined(&stretches, |it| &it.mine), mine);
            prop_assert_eq!(joined(&stretches, |it| &it.theirs), theirs);
        }

        #[test]
        fn a_text_that_only_one_changed_is_that_ones(base in TEXT, other in TEXT) {
            prop_assert_eq!(merged(&texts(&base, &other, &base)), Some(other.clone()));
            prop_assert_eq!(merged(&texts(&base, &base, &other)), Some(other.clone()));
            prop_assert_eq!(merged(&texts(&base, &other, &other)), Some(other));
        }

        #[test]
        fn whose_it_is_does_not_change_what_comes_out(base in TEXT, mine in TEXT, theirs in TEXT) {
            let one = merged(&texts(&base, &mine, &theirs));
            let other = merged(&texts(&base, &theirs, &mine));
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn changes_of_different_lines_go_together_and_of_the_same_line_do_not() {
        let base = "a\nb\nc\nd\n";
        assert_eq!(merged(&texts(base, "A\nb\nc\nd\n", "a\nb\nc\nD\n")).as_deref(), Some("A\nb\nc\nD\n"));
        let conflict = texts(base, "a\nx\nc\nd\n", "a\ny\nc\nd\n");
        let sides: Vec<_> = conflict.iter().map(|it| it.side).collect();
        assert_eq!(sides, [Side::Nobody, Side::Conflict, Side::Nobody]);
        assert_eq!(merged(&conflict), None);
    }
}
