//! From layout instructions to text.

use super::WIDTH;

/// A layout instruction.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op<'a> {
    /// A token or comment.
    Text(&'a [u8]),
    /// A space. Text behind it counts for whether a group before it fits, if it is said so.
    Space { counts: bool },
    /// A line feed if the group is broken, else what is given.
    Line { flat: Flat },
    /// A line feed if the group is broken and the next item does not fit, else a space.
    Fill,
    /// A line feed; all groups around it are broken.
    Hard,
    /// An empty line, if a line ends here anyway.
    Blank,
    /// Begins a group: either all of its own lines are broken, or none.
    Open,
    /// Ends the group.
    Close,
    /// Lines that begin from here on stand further right.
    Indent,
    /// Takes that back.
    Dedent,
}

/// What stands for a line that is not broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flat {
    Nothing,
    Space,
}

/// Columns of one level.
const INDENT: usize = 4;
/// Levels beyond which lines do not move further right: else deep nesting would make the text grow quadratically.
const LEVELS_MAX: usize = 10;
/// Wider than any text.
const ENDLESS: usize = usize::MAX / 4;

/// Prints the instructions.
pub(super) fn print(ops: &[Op<'_>]) -> Vec<u8> {
    let sizes = Sizes::of(ops);
    let mut printer = Printer::default();
    for (index, op) in ops.iter().enumerate() {
        match *op {
            Op::Text(text) => printer.text(text),
            Op::Space { .. } => printer.pend(Pending::Space),
            Op::Line { flat } => match (printer.is_broken(), flat) {
                (true, _) => printer.pend(Pending::Newline),
                (false, Flat::Space) => printer.pend(Pending::Space),
                (false, Flat::Nothing) => {}
            },
            Op::Fill => {
                let fits = printer.column() + 1 + sizes.of_item(index + 1) <= WIDTH;
                let breaks = printer.is_broken() && !fits;
                printer.pend(if breaks { Pending::Newline } else { Pending::Space });
            }
            Op::Hard => printer.pend(Pending::Newline),
            Op::Blank => printer.blank = true,
            Op::Open => {
                let fits = printer.column() + sizes.of_item(index) <= WIDTH;
                let broken = printer.is_broken() && !fits;
                printer.broken.push(broken);
            }
            Op::Close => {
                printer.broken.pop();
            }
            Op::Indent => printer.level += 1,
            Op::Dedent => printer.level = printer.level.saturating_sub(1),
        }
    }
    printer.out
}

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pending {
    #[default]
    Nothing,
    Space,
    Newline,
}

#[derive(Default)]
struct Printer {
    out: Vec<u8>,
    used: usize,
    pending: Pending,
    blank: bool,
    level: usize,
    /// By open group, whether it is broken.
    broken: Vec<bool>,
}

impl Printer {
    fn is_broken(&self) -> bool {
        self.broken.last().copied().unwrap_or(true)
    }

    fn indent(&self) -> usize {
        self.level.min(LEVELS_MAX) * INDENT
    }

    /// Where the next text would begin.
    fn column(&self) -> usize {
        match self.pending {
            _ if self.out.is_empty() => 0,
            Pending::Nothing => self.used,
            Pending::Space => self.used + 1,
            Pending::Newline => self.indent(),
        }
    }

    fn pend(&mut self, pending: Pending) {
        self.pending = self.pending.max(pending);
    }

    fn text(&mut self, text: &[u8]) {
        let column = self.column();
        if !self.out.is_empty() {
            match self.pending {
                Pending::Nothing => {}
                Pending::Space => self.out.push(b' '),
                Pending::Newline => {
                    self.out.extend_from_slice(if self.blank { b"\n\n" } else { b"\n" });
                    self.out.extend(std::iter::repeat_n(b' ', column));
                }
            }
        }
        self.pending = Pending::Nothing;
        self.blank = false;
        self.out.extend_from_slice(text);
        self.used = match memchr::memrchr(b'\n', text) {
            Some(at) => width(text.get(at + 1..).unwrap_or_default()),
            None => column + width(text),
        };
    }
}

/// Characters of a text.
fn width(text: &[u8]) -> usize {
    text.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

/// How wide things are.
struct Sizes {
    /// By instruction that opens a group: the group on one line, and what must stand on the line behind it.
    groups: Vec<usize>,
    /// By instruction: the text from here to the next place where a line may end.
    rests: Vec<usize>,
}

impl Sizes {
    fn of(ops: &[Op<'_>]) -> Self {
        let rests = rests(ops);
        let mut groups = vec![0; ops.len()];
        let mut open = Vec::new();
        let mut total = 0_usize;
        for (index, op) in ops.iter().enumerate() {
            match op {
                Op::Text(text) if memchr::memchr(b'\n', text).is_some() => {
                    total += ENDLESS / ops.len();
                }
                Op::Text(text) => total += width(text),
                Op::Space { .. } | Op::Fill | Op::Line { flat: Flat::Space } => total += 1,
                Op::Hard => total += ENDLESS / ops.len(),
                Op::Open => open.push((index, total)),
                Op::Close => {
                    if let Some((opened, before)) = open.pop()
                        && let Some(slot) = groups.get_mut(opened)
                    {
                        *slot = total - before + rests.get(index + 1).copied().unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
        Self { groups, rests }
    }

    /// The width of what begins here: a group, or text up to the next place where a line may end.
    fn of_item(&self, index: usize) -> usize {
        let group = self.groups.get(index).copied().unwrap_or_default();
        group.max(self.rests.get(index).copied().unwrap_or_default())
    }
}

fn rests(ops: &[Op<'_>]) -> Vec<usize> {
    let mut rests = vec![0; ops.len() + 1];
    let mut rest = 0;
    for (index, op) in ops.iter().enumerate().rev() {
        rest = match op {
            Op::Text(text) => rest + width(text),
            Op::Space { counts: true } => rest + 1,
            Op::Space { counts: false } | Op::Line { .. } | Op::Fill | Op::Hard => 0,
            _ => rest,
        };
        if let Some(slot) = rests.get_mut(index) {
            *slot = rest;
        }
    }
    rests
}
