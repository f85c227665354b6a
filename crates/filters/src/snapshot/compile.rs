//! Compiling: each rule once, whoever uses it.

use super::roster::Seat;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use wikiward_rules::{Release, Rule, RuleError, RuleSet, Vocabulary};

/// What identifies a list of words: equal lists share one vocabulary, so that their rules can be shared.
type Digest32 = [u8; 32];

/// Words for rules, and the name under which what is compiled for them is shared.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// The words.
    pub(super) vocabulary: Arc<Vocabulary>,
    digest: Digest32,
}

/// Rules by the digest of their text, rule sets by their rules; kept as long as anything uses them.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    words: Mutex<HashMap<Digest32, Weak<Vocabulary>>>,
    rules: Mutex<HashMap<(Digest32, Digest32), Weak<Rule>>>,
    sets: Mutex<HashMap<Digest32, Weak<RuleSet>>>,
}

impl Compiler {
    /// The words of these names beside the language's own.
    pub(super) fn words(&self, vocabulary: Vocabulary) -> Words {
        let mut hasher = Sha256::new();
        for name in vocabulary.names() {
            hasher.update(name.as_bytes());
            hasher.update([0]);
        }
        let digest: Digest32 = hasher.finalize().into();
        let vocabulary = shared(&self.words, digest, || Ok::<_, ()>(vocabulary));
        Words { vocabulary: vocabulary.unwrap_or_default(), digest }
    }

    /// A rule for these words.
    ///
    /// # Errors
    /// Why the text is no rule.
    pub(super) fn rule(&self, source: &str, words: &Words) -> Result<Arc<Rule>, Box<RuleError>> {
        let digest = Sha256::digest(source.as_bytes()).into();
        shared(&self.rules, (words.digest, digest), || {
            Rule::compile(source.as_bytes(), &words.vocabulary, Release::Newest)
        })
    }

    /// The rules of `seats` together, in their order.
    pub(super) fn set<'s>(&self, seats: impl Iterator<Item = &'s Seat> + Clone, words: &Words) -> Arc<RuleSet> {
        let mut hasher = Sha256::new();
        hasher.update(words.digest);
        for seat in seats.clone() {
            hasher.update(seat.filter.rule.digest());
        }
        let make = || {
            let rules = seats.map(|seat| seat.filter.rule.clone()).collect();
            Ok::<_, ()>(RuleSet::new(rules, words.vocabulary.clone()))
        };
        shared(&self.sets, hasher.finalize().into(), make)
            .unwrap_or_else(|()| Arc::new(RuleSet::new(Vec::new(), words.vocabulary.clone())))
    }
}

/// The value under `key`, made if nobody has it. It is made outside the lock: two may make it, one is kept.
fn shared<K: Eq + Hash, V, E>(
    table: &Mutex<HashMap<K, Weak<V>>>,
    key: K,
    compile: impl FnOnce() -> Result<V, E>,
) -> Result<Arc<V>, E> {
    let lock = || table.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = lock().get(&key).and_then(Weak::upgrade) {
        return Ok(value);
    }
    let made = Arc::new(compile()?);
    let mut table = lock();
    if let Some(value) = table.get(&key).and_then(Weak::upgrade) {
        return Ok(value);
    }
    // Doubling keeps the cost of sweeping in proportion to what is added.
    if table.len() >= 64 && table.len() == table.capacity() {
        table.retain(|_, value| value.strong_count() > 0);
    }
    table.insert(key, Arc::downgrade(&made));
    Ok(made)
}
