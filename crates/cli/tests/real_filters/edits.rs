//! A fixed choice of real edits, as the variables that rules read.

use serde_json::{Map, Value as Json};
use std::path::Path;
use wikiward_cli::input::{Assumptions, Edit, EditReader, Facts, ReadOptions, Var, variables};
use wikiward_rules::action::Reading;
use wikiward_rules::budget::Meter;
use wikiward_rules::derive::derivable;
use wikiward_rules::wire::{parse_value, render_value};
use wikiward_rules::{Action, Value, Vocabulary};

/// The files, the number of edits in each, and the share of the choice that comes from it.
const FILES: [(&str, usize, f64); 3] = [
    ("pairs-small", 1_572, 0.3),
    ("text-history-webplatform", 23_492, 0.4),
    ("text-history-enwiki-anarchism", 9_380, 0.3),
];

/// Every other registered editor is assumed to be new: many filters look no further at the others.
const NEWCOMER: Assumptions = Assumptions { facts: Facts::Assumed, edit_count: 3, age_seconds: 3_600 };

/// An edit, chosen.
pub(crate) struct Chosen {
    /// Its file and number, for messages.
    pub(crate) name: String,
    /// What is set, derived values included, as the protocol carries it.
    pub(crate) variables: Map<String, Json>,
}

impl Chosen {
    /// The action that rules read; nothing more is derived.
    pub(crate) fn action(&self, vocabulary: &Vocabulary) -> Action {
        let mut action = Action::new(vocabulary);
        action.set_deriving(false);
        for (name, value) in &self.variables {
            action.set(vocabulary.exact_id(name).unwrap(), parse_value(value).unwrap());
        }
        action
    }
}

/// About `count` edits, spread evenly over each file, given to `each` one after the other.
pub(crate) fn choose(folder: &Path, count: usize, vocabulary: &Vocabulary, mut each: impl FnMut(Chosen)) {
    for (file, edits, share) in FILES {
        let path = folder.join(format!("edits/{file}.jsonl.gz"));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let wanted = ((count as f64 * share).ceil() as usize).clamp(1, edits);
        for (index, edit) in EditReader::open(&path, &ReadOptions::default()).unwrap().enumerate() {
            // The edit with which the share grows by one.
            if (index + 1) * wanted / edits > index * wanted / edits {
                let edit = edit.unwrap();
                let assumed = if index % 2 == 0 { NEWCOMER } else { Assumptions::default() };
                let assumed = Assumptions { facts: Facts::Assumed, ..assumed };
                let variables = variables_of(&edit, &assumed, vocabulary);
                each(Chosen { name: format!("{file} {}", edit.id), variables });
            }
        }
    }
}

/// What the record says, what is assumed where it says nothing, and what follows from both.
fn variables_of(edit: &Edit, assumptions: &Assumptions, vocabulary: &Vocabulary) -> Map<String, Json> {
    let mut action = Action::new(vocabulary);
    for (name, value) in variables(edit, assumptions) {
        if let Some(id) = vocabulary.exact_id(name) {
            action.set(id, value_of(value));
        }
    }
    let names: Vec<&str> = vocabulary.names().collect();
    for name in names.iter().filter(|name| derivable(name).is_some()) {
        let id = vocabulary.exact_id(name).unwrap();
        let read = action.read(id, vocabulary, &mut Meter::unlimited());
        assert!(matches!(read, Ok(Reading::Set(_) | Reading::Unset)), "{name}");
    }
    let set = names.iter().filter_map(|name| Some((name, action.value(vocabulary.exact_id(name)?)?)));
    set.map(|(name, value)| ((*name).to_owned(), render_value(value))).collect()
}

fn value_of(value: Var) -> Value {
    match value {
        Var::Str(text) => Value::from(&*text),
        Var::Int(number) => Value::Int(number),
        Var::Bool(is_so) => Value::Bool(is_so),
        Var::List(elements) => Value::texts(elements.iter().map(|element| element.as_bytes())),
        Var::Null => Value::Null,
    }
}
