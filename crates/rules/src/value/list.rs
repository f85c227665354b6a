//! Arrays.

use super::{Encoding, Value};
use std::sync::Arc;

/// An array: immutable, cheap to clone.
///
/// It knows how deeply it is nested and how much text it stands for, so that what is shared many times over
/// (`a := [a, a]`, thirty times) cannot surprise whoever walks it.
#[derive(Debug, Clone)]
pub struct List(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    elements: Box<[Value]>,
    depth: u32,
    weight: u64,
    effort: u64,
    holds_undefined: bool,
}

impl List {
    /// An array of these elements.
    pub fn new(elements: impl Into<Box<[Value]>>) -> Self {
        let elements = elements.into();
        let mut inner = Inner { elements, depth: 1, weight: 0, effort: 0, holds_undefined: false };
        for element in &inner.elements {
            let weight = element.weight();
            inner.weight = inner.weight.saturating_add(weight).saturating_add(1);
            inner.effort = inner.effort.saturating_add(element.effort());
            match element {
                Value::Array(list) => {
                    inner.depth = inner.depth.max(list.0.depth.saturating_add(1));
                    inner.holds_undefined |= list.0.holds_undefined;
                }
                Value::Undefined => inner.holds_undefined = true,
                _ => {}
            }
        }
        Self(Arc::new(inner))
    }

    /// The elements.
    pub fn elements(&self) -> &[Value] {
        &self.0.elements
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.0.elements.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.elements.is_empty()
    }

    /// Levels of nesting; 1 for an array without arrays.
    pub fn depth(&self) -> u32 {
        self.0.depth
    }

    /// About how many bytes its string form has, shared parts counted each time. Saturates.
    pub fn weight(&self) -> u64 {
        self.0.weight
    }

    /// Steps to walk all of it, shared parts counted each time. Saturates.
    pub(crate) fn effort(&self) -> u64 {
        self.0.effort
    }

    /// Whether it holds something undefined, at any depth.
    pub fn holds_undefined(&self) -> bool {
        self.0.holds_undefined
    }

    /// Whether all elements are strings of ASCII.
    pub(crate) fn is_ascii(&self) -> bool {
        self.elements().iter().all(|element| matches!(element, Value::Str(text) if text.encoding() == Encoding::Ascii))
    }

    /// Whether both are the same object, and so equal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        Self::new(elements.into_iter().collect::<Box<[Value]>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_counts_shared_parts_each_time() {
        let mut list = List::new([Value::from("1234567")]);
        for _ in 0..100 {
            list = List::new([Value::Array(list.clone()), Value::Array(list)]);
        }
        assert_eq!((list.depth(), list.weight()), (101, u64::MAX));
    }
}
