//! The words that rules can use: functions, and the variables of a wiki.

pub mod functions;
pub mod variables;
pub mod words;

use crate::derive;
use crate::release::Release;
use rustc_hash::FxHashMap;
use variables::{DEPRECATED, DISABLED, LATER_THAN_1_39, RENAMED_AFTER_1_39, VARIABLES};

/// Number of a built-in variable in its [`Vocabulary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariableId(pub(crate) u16);

impl VariableId {
    /// The number.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a name means when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A built-in variable, or the deprecated name of one.
    Variable(VariableId),
    /// A variable that exists no more.
    Disabled,
    /// A function or keyword.
    Word,
    /// Nothing: free for a user's variable.
    Free,
}

/// The built-in variables of a wiki: those of the software and those that its extensions announce.
///
/// At most 65,536 names.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    names: Vec<Box<str>>,
    ids: FxHashMap<Box<str>, VariableId>,
    release: Release,
    /// By variable: its number among those that can be derived from others.
    derivable: Vec<Option<u8>>,
    derivable_count: usize,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self::new(Release::Newest, std::iter::empty::<&str>())
    }
}

impl Vocabulary {
    /// The packaged names of a release and `announced` ones (as extensions announce them), which are taken as they are.
    pub fn new<S: AsRef<str>>(release: Release, announced: impl IntoIterator<Item = S>) -> Self {
        let mut vocabulary =
            Self { names: Vec::new(), ids: FxHashMap::default(), release, derivable: Vec::new(), derivable_count: 0 };
        for variable in VARIABLES {
            if release == Release::Newest || !LATER_THAN_1_39.contains(&variable.name) {
                vocabulary.add(variable.name);
            }
        }
        if release == Release::V1_39 {
            for name in RENAMED_AFTER_1_39 {
                vocabulary.add(name);
            }
        }
        for name in announced {
            let name = name.as_ref();
            if vocabulary.current_name(name) == name {
                vocabulary.add(name);
            }
        }
        vocabulary
    }

    /// The name that a deprecated one stands for in this release, or the name itself.
    pub fn current_name<'n>(&self, name: &'n str) -> &'n str {
        if self.release == Release::V1_39 && RENAMED_AFTER_1_39.contains(&name) {
            name
        } else {
            variables::current_name(name)
        }
    }

    fn add(&mut self, name: &str) {
        let Ok(number) = u16::try_from(self.names.len()) else { return };
        if !self.ids.contains_key(name) {
            let derived = u8::try_from(self.derivable_count).ok().filter(|_| derive::derivable(name).is_some());
            self.derivable_count += usize::from(derived.is_some());
            self.derivable.push(derived);
            self.names.push(name.into());
            self.ids.insert(name.into(), VariableId(number));
        }
    }

    /// The variable of that name, deprecated names translated. Names are lower-case.
    pub fn id(&self, name: &str) -> Option<VariableId> {
        self.ids.get(self.current_name(name)).copied()
    }

    /// The variable of exactly that name: a deprecated one has no value of its own.
    pub fn exact_id(&self, name: &str) -> Option<VariableId> {
        self.ids.get(name).copied()
    }

    /// What a lower-case name means.
    pub fn meaning(&self, name: &str) -> Meaning {
        if DISABLED.contains(&name) {
            Meaning::Disabled
        } else if let Some(id) = self.id(name) {
            Meaning::Variable(id)
        } else if is_word(name) {
            Meaning::Word
        } else {
            Meaning::Free
        }
    }

    /// The name of a variable.
    pub fn name(&self, id: VariableId) -> &str {
        self.names.get(id.index()).map_or("", AsRef::as_ref)
    }

    /// All names, in the order of their numbers.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// By variable: its number among those that can be derived from others.
    pub(crate) fn derivable(&self) -> &[Option<u8>] {
        &self.derivable
    }

    /// How many variables can be derived from others.
    pub(crate) fn derivable_count(&self) -> usize {
        self.derivable_count
    }

    /// The known name most like `name`, if one is near enough to be meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.names().chain(DEPRECATED.iter().map(|(old, _)| *old)))
    }
}

fn is_word(name: &str) -> bool {
    functions::find(name).is_some() || crate::syntax::lexer::KEYWORDS.iter().any(|(_, text)| *text == name)
}

/// The candidate most like `name`: at most one edit for three characters.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > 64 {
        return None;
    }
    let most = name.len() / 3;
    candidates
        .map(|candidate| (edits(name.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(edits, _)| *edits <= most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            left = (left + 1).min(above + 1).min(diagonal + usize::from(x != y));
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deprecated_names_mean_the_new_variable() {
        let vocabulary = Vocabulary::default();
        assert_eq!(vocabulary.meaning("article_text"), vocabulary.meaning("page_title"));
        assert_eq!(vocabulary.meaning("old_text"), Meaning::Disabled);
        assert_eq!(vocabulary.meaning("lcase"), Meaning::Word);
        assert_eq!(vocabulary.meaning("tor_exit_node"), Meaning::Free);
        assert!(matches!(
            Vocabulary::new(Release::Newest, ["tor_exit_node"]).meaning("tor_exit_node"),
            Meaning::Variable(_)
        ));
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        let vocabulary = Vocabulary::default();
        assert_eq!(vocabulary.nearest("added_line"), Some("added_lines"));
        assert_eq!(vocabulary.nearest("usergroups"), Some("user_groups"));
        assert_eq!(vocabulary.nearest("x"), None);
    }
}
