//! How the demonstration goes: a block that renews itself in a terminal, lines elsewhere.

use super::replay::{Counts, Figures};
use std::time::Duration;

/// How often the block is renewed.
const RENEWED: Duration = Duration::from_millis(500);

/// How often a line is written where there is no terminal.
const WRITTEN: Duration = Duration::from_secs(5);

/// Longest line of the block.
const WIDTH: usize = 110;

pub(super) struct Status {
    is_terminal: bool,
    /// When it was last shown, and the verdicts by then.
    shown: (Duration, u64),
    /// Lines of the block on the screen.
    lines: usize,
}

impl Status {
    pub(super) fn new(is_terminal: bool) -> Self {
        Self { is_terminal, shown: (Duration::ZERO, 0), lines: 0 }
    }

    /// Shows how it goes, if it is time.
    pub(super) fn show(&mut self, figures: &Figures, elapsed: Duration) {
        let since = elapsed.saturating_sub(self.shown.0);
        if since < if self.is_terminal { RENEWED } else { WRITTEN } {
            return;
        }
        let counts = figures.read();
        let line = line(&counts, counts.verdicts - self.shown.1, since);
        if self.is_terminal {
            if self.lines > 0 {
                // Back to the block's first line, and clear to the end of the screen.
                print!("\x1b[{}A\x1b[J", self.lines);
            }
            println!("{line}");
            for last in &counts.last {
                println!("  {}", shortened(last));
            }
            self.lines = 1 + counts.last.len();
        } else {
            println!("{line}");
        }
        self.shown = (elapsed, counts.verdicts);
    }

    /// Says what came of it all.
    pub(super) fn end(figures: &Figures, elapsed: Duration) {
        let counts = figures.read();
        println!("In all, {:.1} s: {}", elapsed.as_secs_f64(), line(&counts, counts.verdicts, elapsed));
    }
}

fn line(counts: &Counts, verdicts: u64, within: Duration) -> String {
    let ms = |share: f64| counts.latency.quantile(share).as_secs_f64() * 1e3;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let rate = verdicts as f64 / within.as_secs_f64().max(1e-9);
    format!(
        "{} verdicts, {rate:.0}/s, p50 {:.2} ms, p99 {:.2} ms; {} hits, {} refused, {} warned",
        counts.verdicts,
        ms(0.5),
        ms(0.99),
        counts.hits,
        counts.refused,
        counts.warned
    )
}

/// Titles come from people: nothing in them moves the cursor, and a line stays one line.
fn shortened(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(WIDTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_counts() {
        let mut counts = Counts { verdicts: 100, refused: 2, warned: 1, hits: 5, ..Counts::default() };
        counts.latency.record(Duration::from_millis(1));
        let wanted = "100 verdicts, 20/s, p50 1.00 ms, p99 1.00 ms; 5 hits, 2 refused, 1 warned";
        assert_eq!(line(&counts, 40, Duration::from_secs(2)), wanted);
        assert_eq!(shortened("a\x1b[2Jb"), "a\u{fffd}[2Jb");
    }
}
