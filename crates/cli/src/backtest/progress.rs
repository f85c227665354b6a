//! The bar that shows how far a run is.

use crate::backtest::visible::{counted, number};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A bar on standard error: share read, edits judged, rate, hits so far, time left. Invisible unless that is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    edits: AtomicU64,
    hits: AtomicU64,
}

impl Progress {
    /// A bar for these files. The time left is known if all of them are files, none a pipe.
    pub(super) fn new(files: &[PathBuf], is_quiet: bool) -> Self {
        let length = |file: &PathBuf| std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).map(|m| m.len());
        let total: Option<u64> = files.iter().map(length).sum();
        let bar = match total {
            _ if is_quiet || !std::io::stderr().is_terminal() => ProgressBar::hidden(),
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        if !bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
            let template = match total {
                Some(_) => "{bar:30} {percent:>3} %  {msg}  {eta} left",
                None => "{spinner} {bytes} read  {msg}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
        }
        Self { bar, started: Instant::now(), edits: AtomicU64::new(0), hits: AtomicU64::new(0) }
    }

    /// Tells that so many bytes of the input were read in all, and so many more edits judged, with so many hits.
    pub(super) fn advance(&self, bytes_read: u64, edits: u64, hits: u64) {
        let edits = self.edits.fetch_add(edits, Ordering::Relaxed) + edits;
        let hits = self.hits.fetch_add(hits, Ordering::Relaxed) + hits;
        if self.bar.is_hidden() {
            return;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "shown"
        )]
        let rate = (edits as f64 / self.started.elapsed().as_secs_f64().max(0.001)) as u64;
        self.bar.set_message(format!("{}, {}/s, {}", counted(edits, "edit"), number(rate), counted(hits, "hit")));
        self.bar.set_position(bytes_read);
    }

    /// Takes the bar away; returns the seconds since it was made.
    pub(super) fn finish(&self) -> f64 {
        self.bar.finish_and_clear();
        self.started.elapsed().as_secs_f64()
    }
}
