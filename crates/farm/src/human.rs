//! Which human may stand behind a principal: one person may have an account here and be known through several wikis.
//!
//! Where something needs two people, two principals are not enough. What tells humans apart is compared on the side of
//! caution: whoever shares a trace counts as one. Two accounts of different names that are linked nowhere cannot be told to
//! be one person's.

use crate::viewer::Principal;
use std::collections::BTreeSet;

/// Traces of a human: the principal, the name, and what else that person is known to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Human(BTreeSet<String>);

impl Human {
    /// What a principal's key and name say, as history keeps them ([`Principal::key`]).
    ///
    /// People go by one name on all wikis of a farm, and often by the same one here: a name is a trace, whoever vouches for it,
    /// without regard to case and to what wikis write for spaces.
    pub fn stored(key: &str, name: &str) -> Self {
        let mut human = Self(BTreeSet::from([key.to_owned()]));
        if key.starts_with("wiki:") || key.starts_with("account:") {
            human.add_name(name);
        }
        human
    }

    /// What a principal says.
    pub fn of(principal: &Principal) -> Self {
        Self::stored(&principal.key(), principal.name())
    }

    /// Reads what [`Human::traces`] gave.
    pub fn from_traces(traces: impl IntoIterator<Item = String>) -> Self {
        Self(traces.into_iter().collect())
    }

    /// Adds an account elsewhere that the person is linked to, as OpenID Connect names it.
    pub fn add_identity(&mut self, issuer: &str, subject: &str) {
        self.0.insert(format!("oidc:{issuer} {subject}"));
    }

    /// Adds another principal of the person, by its key.
    pub fn add_key(&mut self, key: String) {
        self.0.insert(key);
    }

    /// Adds a name that the person has.
    pub fn add_name(&mut self, name: &str) {
        self.0.insert(format!("name:{}", name.replace('_', " ").trim().to_lowercase()));
    }

    /// The traces, in order. Not for everybody: they name accounts elsewhere.
    pub fn traces(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the two may be one: they share a trace.
    pub fn may_be(&self, other: &Self) -> bool {
        !self.0.is_disjoint(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(wiki: &str, id: i64, name: &str) -> Human {
        Human::of(&Principal::WikiUser { wiki: wiki.parse().unwrap(), id, name: name.parse().unwrap() })
    }

    fn account(id: i64, name: &str) -> Human {
        Human::of(&Principal::Account { id, name: name.parse().unwrap() })
    }

    #[test]
    fn who_shares_principal_name_or_link_may_be_one() {
        let ada = on("enwiki", 17, "Ada L");
        for same in [
            on("enwiki", 17, "Renamed"),
            on("dewiki", 4, "Ada L"),
            account(3, "ada_l"),
            Human::stored("account:9", "ADA L"),
        ] {
            assert!(ada.may_be(&same) && same.may_be(&ada), "{same:?}");
        }
        for other in [on("enwiki", 18, "Bob"), on("dewiki", 17, "Bob"), account(17, "Bob"), Human::default()] {
            assert!(!ada.may_be(&other) && !other.may_be(&ada), "{other:?}");
        }
        let mut linked = account(3, "admin");
        assert!(!linked.may_be(&ada));
        linked.add_key("wiki:enwiki:17".into());
        assert!(linked.may_be(&ada));
        let (mut one, mut two) = (account(3, "admin"), account(4, "root"));
        one.add_identity("https://id.example", "4711");
        two.add_identity("https://id.example", "4712");
        assert!(!one.may_be(&two));
        two.add_identity("https://id.example", "4711");
        assert!(one.may_be(&two));
    }

    #[test]
    fn programs_and_the_service_go_by_their_keys_and_traces_are_read_as_written() {
        let token = Human::of(&Principal::Service { token: "t1".into(), label: "Ada".into() });
        assert!(!token.may_be(&account(1, "Ada")));
        assert!(!Human::of(&Principal::Operator).may_be(&account(1, "operator")));
        let ada = account(1, "Ada");
        assert_eq!(Human::from_traces(ada.traces().map(str::to_owned)), ada);
    }
}
