//! Lists in pages.

/// How many items a page may have: 1 to 500, 50 if nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

/// A number of items is out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page has 1 to 500 items, not {0}")]
pub struct BadLimit(i64);

impl Limit {
    /// Most items on a page.
    pub const MAX: u16 = 500;

    /// A limit of `items`.
    ///
    /// # Errors
    /// [`BadLimit`] outside 1 to 500.
    pub fn new(items: i64) -> Result<Self, BadLimit> {
        u16::try_from(items).ok().filter(|items| (1..=Self::MAX).contains(items)).map(Self).ok_or(BadLimit(items))
    }

    /// The number.
    pub fn items(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K> {
    /// Its items, in the list's order.
    pub items: Vec<T>,
    /// The key after which the next page begins; none on the last page.
    pub next: Option<K>,
}

impl<T, K> Page<T, K> {
    /// The page from one item more than the limit was asked for: the surplus one only says that there are more.
    pub fn cut(mut items: Vec<T>, limit: Limit, key: impl Fn(&T) -> K) -> Self {
        let has_more = items.len() > limit.items();
        items.truncate(limit.items());
        let next = if has_more { items.last().map(key) } else { None };
        Self { items, next }
    }

    /// The same page with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U, K> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_surplus_item_makes_a_next_page() {
        let limit = Limit::new(2).unwrap();
        assert_eq!(Page::cut(vec![1, 2], limit, |item| *item), Page { items: vec![1, 2], next: None });
        assert_eq!(Page::cut(vec![1, 2, 3], limit, |item| *item), Page { items: vec![1, 2], next: Some(2) });
        for bad in [0, 501, -1, i64::MAX] {
            assert!(Limit::new(bad).is_err());
        }
    }
}
