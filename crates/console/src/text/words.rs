//! What the words of the filter language mean, in the reader's language.

use super::Text;
use wikiward_rules::syntax::lexer::Symbol;
use wikiward_rules::vocabulary::variables::Subject;

/// What a variable of the software itself holds.
pub fn variable(text: Text, name: &str) -> String {
    text.say(&format!("words-variable-{name}"))
}

/// What a function does.
pub fn function(text: Text, name: &str) -> String {
    text.say(&format!("words-function-{name}"))
}

/// What a keyword means.
pub fn keyword(text: Text, name: &str) -> String {
    text.say(&format!("words-keyword-{name}"))
}

/// What an operator does; none for brackets and commas.
pub fn operator(text: Text, symbol: Symbol) -> Option<String> {
    operator_key(symbol).map(|key| text.say(key))
}

/// For which actions variables are set.
pub fn when(text: Text, subject: Subject) -> String {
    text.say(match subject {
        Subject::Every => "words-when-every",
        Subject::User => "words-when-user",
        Subject::Page => "words-when-page",
        Subject::Move => "words-when-move",
        Subject::Text => "words-when-text",
        Subject::File => "words-when-file",
        Subject::Account => "words-when-account",
    })
}

fn operator_key(symbol: Symbol) -> Option<&'static str> {
    Some(match symbol {
        Symbol::And => "words-operator-and",
        Symbol::Or => "words-operator-or",
        Symbol::Xor => "words-operator-xor",
        Symbol::Not => "words-operator-not",
        Symbol::Equal | Symbol::EqualSingle => "words-operator-equal",
        Symbol::NotEqual => "words-operator-notequal",
        Symbol::Identical => "words-operator-identical",
        Symbol::NotIdentical => "words-operator-notidentical",
        Symbol::Less | Symbol::LessEqual | Symbol::Greater | Symbol::GreaterEqual => "words-operator-compared",
        Symbol::Plus => "words-operator-plus",
        Symbol::Minus => "words-operator-minus",
        Symbol::Times => "words-operator-times",
        Symbol::Divide => "words-operator-divide",
        Symbol::Modulo => "words-operator-modulo",
        Symbol::Power => "words-operator-power",
        Symbol::Assign => "words-operator-assign",
        Symbol::Question | Symbol::Colon => "words-operator-conditional",
        Symbol::Semicolon => "words-operator-semicolon",
        Symbol::Comma | Symbol::ParenOpen | Symbol::ParenClose | Symbol::BracketOpen | Symbol::BracketClose => {
            return None;
        }
    })
}

/// Keys of the messages that are named after words.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = String> {
    use wikiward_rules::vocabulary::{functions::FUNCTIONS, variables::VARIABLES, words};
    let variables = VARIABLES.iter().map(|it| format!("words-variable-{}", it.name));
    let functions = FUNCTIONS.iter().map(|it| format!("words-function-{}", it.name));
    variables.chain(functions).chain(words::keywords().map(|(name, _)| format!("words-keyword-{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;
    use wikiward_rules::vocabulary::{functions::FUNCTIONS, variables::VARIABLES, words};

    /// Says it in every language: in English as the language itself does, otherwise in other words.
    fn check(name: &str, about: &str, say: impl Fn(Text) -> String) {
        let of = |language| say(Text::new(language));
        assert_eq!(of(Language::En), about, "{name}");
        let (german, arabic) = (of(Language::De), of(Language::Ar));
        assert!(german != about && arabic != about && german != arabic, "{name}: {german}, {arabic}");
        assert!(!german.contains('⧼') && !arabic.contains('⧼'), "{name}");
    }

    #[test]
    fn every_word_is_explained_in_every_language() {
        for it in VARIABLES {
            check(it.name, it.about, |text| variable(text, it.name));
            check(it.name, it.subject.when(), |text| when(text, it.subject));
        }
        for it in FUNCTIONS {
            check(it.name, it.about, |text| function(text, it.name));
        }
        for (name, word) in words::keywords() {
            check(name, words::keyword(word).1, |text| keyword(text, name));
        }
        for (name, symbol) in words::symbols() {
            assert_eq!(operator_key(symbol).is_some(), words::symbol(symbol).is_some(), "{name}");
            if let Some((_, about)) = words::symbol(symbol) {
                check(name, about, |text| operator(text, symbol).unwrap());
            }
        }
    }
}
