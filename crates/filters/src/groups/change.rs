//! What a new registration takes away, and which filters would miss it.

use super::Group;
use wikiward_rules::syntax;
use wikiward_rules::syntax::tree::Literal;

/// What a new registration of a group takes away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removed {
    /// Variables that are offered no more.
    pub variables: Vec<String>,
    /// Kinds that are judged no more.
    pub kinds: Vec<String>,
    /// Whether the group itself goes.
    pub is_whole: bool,
}

impl Removed {
    /// What is in `old` and not in `new`; without a new one, everything.
    pub fn between(old: &Group, new: Option<&Group>) -> Self {
        let Some(new) = new else { return Self { is_whole: true, ..Self::default() } };
        let offered = old.offered();
        let variables = offered.iter().map(|variable| variable.name).filter(|name| !new.offers(name));
        let kinds = old.kinds.iter().filter(|kind| !new.has_kind(kind));
        Self { variables: variables.map(str::to_owned).collect(), kinds: kinds.cloned().collect(), is_whole: false }
    }

    /// Whether nothing is taken away.
    pub fn is_nothing(&self) -> bool {
        !self.is_whole && self.variables.is_empty() && self.kinds.is_empty()
    }

    /// Whether a filter of the group with this rule, which reads `uses_vars`, would miss something.
    ///
    /// A kind counts as used if the rule has a text that is its name. Linear in the length of the rule.
    pub fn is_missed_by(&self, rules: &str, uses_vars: &[String]) -> bool {
        if self.is_whole || uses_vars.iter().any(|name| self.variables.contains(name)) {
            return true;
        }
        if self.kinds.is_empty() {
            return false;
        }
        let Ok(tree) = syntax::parse(rules.as_bytes()) else { return false };
        tree.literals().iter().any(|literal| match literal {
            Literal::Str(bytes) => self.kinds.iter().any(|kind| kind.as_bytes() == bytes.as_slice()),
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::builtin;

    #[test]
    fn a_filter_misses_what_it_reads_or_names() {
        let old = builtin::newsletter();
        let mut new = old.clone();
        new.variables.retain(|variable| variable.name != "newsletter_reach");
        new.kinds.retain(|kind| kind != "newsletter-delete");
        let removed = Removed::between(&old, Some(&new));
        assert_eq!(
            (removed.variables.as_slice(), removed.kinds.as_slice()),
            (&["newsletter_reach".to_owned()][..], &["newsletter-delete".to_owned()][..])
        );
        let is_missed = |rules: &str, uses: &[&str]| {
            removed.is_missed_by(rules, &uses.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        assert!(is_missed("newsletter_reach == 'farm'", &["newsletter_reach"]));
        assert!(is_missed("action == 'newsletter-delete'", &["action"]));
        assert!(!is_missed("action == 'newsletter-create'", &["action"]));
        assert!(Removed::between(&old, None).is_missed_by("", &[]));
        assert!(Removed::between(&old, Some(&old)).is_nothing());
    }
}
