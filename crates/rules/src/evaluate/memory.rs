//! Remembered calls: the same function with the same arguments, within one action, is computed and counted once.

use crate::value::{Odd, Payload, Value};
use crate::vocabulary::functions::FunctionId;
use rustc_hash::{FxHashMap, FxHasher};
use std::cell::OnceCell;
use std::hash::{DefaultHasher, Hasher};

/// Results that are held; at the next one all are forgotten, as in the reference, so that counts agree.
pub(crate) const REMEMBERED_MAX: usize = 1_000;

#[derive(Debug)]
struct Call {
    function: FunctionId,
    arguments: Arguments,
    result: Value,
    fingerprint: u64,
    /// What tells calls apart that look alike, if it was needed.
    digest: OnceCell<u64>,
    /// The call before it with the same fingerprint.
    previous: Option<usize>,
}

/// A call's arguments; one of them, as most calls have, takes no memory of its own.
#[derive(Debug)]
enum Arguments {
    One(Value),
    Several(Box<[Value]>),
}

impl Arguments {
    fn new(arguments: &[Value]) -> Self {
        match arguments {
            [only] => Self::One(only.clone()),
            several => Self::Several(several.into()),
        }
    }

    fn as_slice(&self) -> &[Value] {
        match self {
            Self::One(only) => std::slice::from_ref(only),
            Self::Several(several) => several,
        }
    }
}

/// Calls up to which they are simply looked through: most actions make no more.
const LISTED_MAX: usize = 24;

/// The calls of one action, in order.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    calls: Vec<Call>,
    /// By fingerprint the latest call, if there are more than [`LISTED_MAX`].
    latest: FxHashMap<u64, usize>,
    /// How often everything was forgotten.
    generation: u64,
}

/// A function with its arguments, hashed.
#[derive(Debug)]
pub(crate) struct Key<'a> {
    function: FunctionId,
    arguments: &'a [Value],
    fingerprint: u64,
    digest: OnceCell<u64>,
}

impl<'a> Key<'a> {
    pub(crate) fn new(function: FunctionId, arguments: &'a [Value]) -> Self {
        Self { function, arguments, fingerprint: fingerprint(function, arguments), digest: OnceCell::new() }
    }

    fn digest(&self) -> u64 {
        *self.digest.get_or_init(|| digest(self.arguments))
    }
}

impl Call {
    fn is(&self, key: &Key<'_>) -> bool {
        self.fingerprint == key.fingerprint && self.function == key.function && self.has(key)
    }

    /// Whether the arguments are the key's. Of those that look alike but differ, each is read once, not once for every
    /// other.
    fn has(&self, key: &Key<'_>) -> bool {
        let own = self.arguments.as_slice();
        if key.arguments.iter().all(is_known_by_fingerprint) || are_identical(own, key.arguments) {
            return all_same(own, key.arguments);
        }
        *self.digest.get_or_init(|| digest(own)) == key.digest() && all_same(own, key.arguments)
    }
}

impl Memory {
    /// Forgets all calls, for a new action.
    pub(crate) fn clear(&mut self) {
        self.calls.clear();
        self.latest.clear();
        self.generation += 1;
    }

    /// Number of calls held.
    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Changes whenever everything is forgotten.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn recall(&self, key: &Key<'_>) -> Option<&Value> {
        if self.calls.len() <= LISTED_MAX {
            return self.calls.iter().find(|call| call.is(key)).map(|call| &call.result);
        }
        let mut at = self.latest.get(&key.fingerprint).copied();
        while let Some(call) = at.and_then(|index| self.calls.get(index)) {
            if call.is(key) {
                return Some(&call.result);
            }
            at = call.previous;
        }
        None
    }

    /// Remembers a call.
    pub(crate) fn remember(&mut self, key: &Key<'_>, result: &Value) {
        if self.calls.len() == REMEMBERED_MAX {
            self.clear();
            return;
        }
        self.calls.push(Call {
            function: key.function,
            arguments: Arguments::new(key.arguments),
            result: result.clone(),
            fingerprint: key.fingerprint,
            digest: key.digest.clone(),
            previous: None,
        });
        match self.calls.len() {
            ..=LISTED_MAX => {}
            length if length == LISTED_MAX + 1 => self.list_all(),
            _ => self.list_last(),
        }
    }

    fn list_all(&mut self) {
        self.latest.clear();
        for (index, call) in self.calls.iter_mut().enumerate() {
            call.previous = self.latest.insert(call.fingerprint, index);
        }
    }

    fn list_last(&mut self) {
        let index = self.calls.len() - 1;
        if let Some(call) = self.calls.last_mut() {
            call.previous = self.latest.insert(call.fingerprint, index);
        }
    }

    /// Forgets all but the first `length` calls.
    pub(crate) fn truncate(&mut self, length: usize) {
        if self.calls.len() > length {
            self.calls.truncate(length);
            if length > LISTED_MAX {
                self.list_all();
            }
        }
    }
}

/// Bytes at each end of a string that its fingerprint reads.
const SAMPLE_BYTES: usize = 32;

/// A hash that reads little of long strings; equality is checked in full.
fn fingerprint(function: FunctionId, arguments: &[Value]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u32(function as u32);
    for argument in arguments {
        add(&mut hasher, argument, 0);
    }
    hasher.finish()
}

fn add(hasher: &mut FxHasher, value: &Value, depth: usize) {
    match value {
        Value::Undefined => hasher.write_u8(0),
        Value::Null => hasher.write_u8(1),
        Value::Bool(value) => hasher.write_u8(2 + u8::from(*value)),
        Value::Int(number) => hasher.write_u64(number.cast_unsigned()),
        Value::Float(number) => hasher.write_u64(number.to_bits()),
        Value::Odd(Odd { payload: Payload::Float(number), .. }) => hasher.write_u64(!number.to_bits()),
        Value::Odd(_) => hasher.write_u8(4),
        Value::Str(text) => {
            let bytes = text.bytes();
            hasher.write_usize(bytes.len());
            let sample = bytes.len().min(SAMPLE_BYTES);
            hasher.write(bytes.get(..sample).unwrap_or_default());
            hasher.write(bytes.get(bytes.len() - sample..).unwrap_or_default());
            for step in 1..8 {
                hasher.write_u8(bytes.get(bytes.len() / 8 * step).copied().unwrap_or_default());
            }
        }
        Value::Array(list) => {
            let elements = list.elements();
            hasher.write_usize(elements.len());
            if depth < 2 {
                for element in elements.iter().take(4).chain(elements.last()) {
                    add(hasher, element, depth + 1);
                }
            }
        }
    }
}

/// Whether the fingerprint has read all of the value, or nearly.
fn is_known_by_fingerprint(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.len() <= 4 * SAMPLE_BYTES,
        Value::Array(_) => false,
        _ => true,
    }
}

/// Whether all are the same objects, so that comparing takes no time.
fn are_identical(a: &[Value], b: &[Value]) -> bool {
    let mut pairs = a.iter().zip(b);
    pairs.all(|pair| match pair {
        (Value::Str(x), Value::Str(y)) => x.is_same(y),
        (Value::Array(x), Value::Array(y)) => x.is_same(y),
        (x, _) => is_known_by_fingerprint(x),
    })
}

/// A hash of all of the arguments that is hard to make collide.
fn digest(arguments: &[Value]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for argument in arguments {
        add_all(&mut hasher, argument);
    }
    hasher.finish()
}

fn add_all(hasher: &mut DefaultHasher, value: &Value) {
    match value {
        Value::Str(text) => {
            hasher.write_usize(text.len());
            hasher.write(text.bytes());
        }
        Value::Array(list) => {
            hasher.write_usize(list.len());
            for element in list.elements() {
                add_all(hasher, element);
            }
        }
        Value::Int(number) => hasher.write_i64(*number),
        Value::Float(number) => hasher.write_u64(number.to_bits()),
        // Too few to be told apart; equality looks at them.
        Value::Undefined | Value::Null | Value::Bool(_) | Value::Odd(_) => hasher.write_u8(0),
    }
}

fn all_same(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y))
}

/// Same type, same value, bit for bit.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(x), Value::Bool(y)) => x == y,
        (Value::Int(x), Value::Int(y)) => x == y,
        (Value::Float(x), Value::Float(y)) => x.to_bits() == y.to_bits(),
        (Value::Str(x), Value::Str(y)) => x == y,
        (Value::Array(x), Value::Array(y)) => x.is_same(y) || all_same(x.elements(), y.elements()),
        (Value::Odd(x), Value::Odd(y)) => {
            x.tag == y.tag
                && match (x.payload, y.payload) {
                    (Payload::Null, Payload::Null) | (Payload::Zero, Payload::Zero) => true,
                    (Payload::Float(x), Payload::Float(y)) => x.to_bits() == y.to_bits(),
                    _ => false,
                }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_arguments_of_different_types_are_different_calls() {
        let mut memory = Memory::default();
        memory.remember(&Key::new(FunctionId::Length, &[Value::Int(1)]), &Value::Int(1));
        assert!(memory.recall(&Key::new(FunctionId::Length, &[Value::Int(1)])).is_some());
        assert!(memory.recall(&Key::new(FunctionId::Length, &[Value::from("1")])).is_none());
        assert!(memory.recall(&Key::new(FunctionId::Lcase, &[Value::Int(1)])).is_none());
    }

    #[test]
    fn calls_that_look_alike_are_told_apart() {
        let mut memory = Memory::default();
        let long = |number: i64, nested: bool| {
            let text = Value::text(format!("{}{number:04}{}", "x".repeat(3_000), "x".repeat(3_000)));
            if nested { Value::Array([Value::Null, text].into_iter().collect()) } else { text }
        };
        for nested in [false, true] {
            let alike = fingerprint(FunctionId::Length, &[long(1, nested)]);
            assert_eq!(alike, fingerprint(FunctionId::Length, &[long(2, nested)]));
        }
        for number in 0..200 {
            let arguments = [long(number, number % 2 == 0)];
            memory.remember(&Key::new(FunctionId::Length, &arguments), &Value::Int(number));
        }
        for number in 0..300 {
            let arguments = [long(number, number % 2 == 0)];
            let recalled = memory.recall(&Key::new(FunctionId::Length, &arguments));
            assert_eq!(recalled.map(Value::int), (number < 200).then_some(number));
        }
    }

    #[test]
    fn truncating_brings_back_what_was_before() {
        let mut memory = Memory::default();
        memory.remember(&Key::new(FunctionId::Lcase, &[Value::from("A")]), &Value::from("a"));
        let mark = memory.len();
        memory.remember(&Key::new(FunctionId::Lcase, &[Value::from("B")]), &Value::from("b"));
        memory.truncate(mark);
        assert!(memory.recall(&Key::new(FunctionId::Lcase, &[Value::from("A")])).is_some());
        assert!(memory.recall(&Key::new(FunctionId::Lcase, &[Value::from("B")])).is_none());
    }

    #[test]
    fn everything_is_forgotten_with_the_thousand_and_first_result() {
        let mut memory = Memory::default();
        for number in 0..1_000 {
            memory.remember(&Key::new(FunctionId::Length, &[Value::Int(number)]), &Value::Int(1));
        }
        assert!(memory.recall(&Key::new(FunctionId::Length, &[Value::Int(0)])).is_some());
        memory.remember(&Key::new(FunctionId::Length, &[Value::Int(1_000)]), &Value::Int(1));
        assert_eq!(memory.len(), 0);
    }
}
