//! Applies line operations to a text.

use memchr::memchr_iter;

use super::super::record::Op;
use crate::input::error::Cause;

/// Longest text that a line edit may make: twice what a wiki page can hold.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Applies line operations, which are in order and do not overlap. Linear in the length of both texts.
pub(super) fn rebuild(old: &str, ops: &[Op<'_>]) -> Result<String, Cause> {
    let refuse = |why| Err(Cause::Ops { why });
    let mut rest = Rest { text: old, is_done: false, ends: memchr_iter(b'\n', old.as_bytes()), at: 0 };
    let mut line = 0;
    let mut new = Joined { text: String::with_capacity(old.len() + 256), is_empty: true };
    for (start, removed, added) in ops {
        let Some(kept) = start.checked_sub(line) else {
            return refuse("they overlap or are out of order");
        };
        let (Some(kept), Some(_)) = (rest.take(kept), rest.take(*removed)) else {
            return refuse("they reach past its last line");
        };
        kept.lines().into_iter().chain(added.iter().map(|line| &**line)).for_each(|line| new.push(line));
        line = start + removed;
        if new.text.len() > TEXT_BYTES_MAX {
            return refuse("the new text is longer than 4 MiB");
        }
    }
    if let Some(tail) = rest.tail() {
        new.push(tail);
    }
    Ok(new.text)
}

/// Lines put together again.
struct Joined {
    text: String,
    is_empty: bool,
}

impl Joined {
    /// Adds one line, or several that are joined already.
    fn push(&mut self, lines: &str) {
        if !self.is_empty {
            self.text.push('\n');
        }
        self.is_empty = false;
        self.text.push_str(lines);
    }
}

/// What is left of the old text.
struct Rest<'a, I> {
    text: &'a str,
    ends: I,
    at: usize,
    is_done: bool,
}

/// Lines taken from the old text, joined; none if no line was asked for.
struct Taken<'a>(Option<&'a str>);

impl<'a> Taken<'a> {
    fn lines(self) -> Option<&'a str> {
        self.0
    }
}

impl<'a, I: Iterator<Item = usize>> Rest<'a, I> {
    /// The next `count` lines; `None` if there are fewer.
    fn take(&mut self, count: usize) -> Option<Taken<'a>> {
        if count == 0 {
            return Some(Taken(None));
        }
        if self.is_done {
            return None;
        }
        let start = self.at;
        if let Some(end) = self.ends.nth(count - 1) {
            self.at = end + 1;
            return Some(Taken(self.text.get(start..end)));
        }
        // The last line has no line feed; whether it is exactly the one asked for is told by counting.
        self.is_done = true;
        let tail = self.text.get(start..)?;
        (memchr_iter(b'\n', tail.as_bytes()).count() + 1 == count).then_some(Taken(Some(tail)))
    }

    fn tail(&self) -> Option<&'a str> {
        if self.is_done { None } else { self.text.get(self.at..) }
    }
}
