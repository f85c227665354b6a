//! From files to a tally: one thread reads, others judge, the caller's thread puts results back in order.
//!
//! Memory does not grow with the input: at most [`batches_max`] batches are under way, each of at most
//! [`BATCH_EDITS_MAX`] edits and about [`BATCH_BYTES_MAX`] of text (or one edit, however long).

use crate::backtest::judge::Judge;
use crate::backtest::problems::Problems;
use crate::backtest::progress::Progress;
use crate::backtest::selection::{LeftOut, Selection};
use crate::backtest::tally::Tally;
use crate::input::{Edit, EditReader, ReadOptions, Source};
use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Most edits of one batch.
const BATCH_EDITS_MAX: usize = 256;

/// Text after which a batch is full.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// What to read, and how.
pub(super) struct Stream {
    /// Files in the order they are read; `-` is standard input.
    pub(super) files: Vec<PathBuf>,
    /// How they are read.
    pub(super) reading: ReadOptions,
    /// Which edits are judged.
    pub(super) selection: Selection,
    /// Threads that judge.
    pub(super) threads: NonZeroUsize,
}

/// What a run gave.
pub(super) struct Run {
    /// What was counted.
    pub(super) tally: Tally,
    /// Edits that were not judged.
    pub(super) left_out: LeftOut,
    /// What could not be read or written.
    pub(super) problems: Problems,
    /// Files of which something could be read.
    pub(super) files_opened: usize,
}

/// What the reading thread gave.
#[derive(Default)]
struct Read {
    left_out: LeftOut,
    problems: Problems,
    files_opened: usize,
}

struct Batch {
    number: u64,
    /// Place of the first edit in the stream.
    place: u64,
    edits: Vec<Edit>,
}

struct Done {
    number: u64,
    edits: u64,
    matches: u64,
    hits: Vec<u8>,
}

/// Most batches that are read, judged or waiting for an earlier one.
fn batches_max(threads: NonZeroUsize) -> usize {
    threads.get() * 4
}

impl Stream {
    /// Reads and judges everything. Hits are written to `hits` in the order of the stream, if it is there.
    ///
    /// The tally, apart from times, and the hits do not depend on the number of threads.
    pub(super) fn run(&self, judge: &Judge<'_>, hits: Option<&mut dyn Write>, progress: &Progress) -> Run {
        let (to_judges, batches) = sync_channel::<Batch>(self.threads.get());
        let (permits, returned) = sync_channel::<()>(batches_max(self.threads));
        let (to_merge, done) = channel::<Done>();
        let batches = Mutex::new(batches);
        let bytes_read = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| self.read(to_judges, permits, &bytes_read));
            let judges: Vec<_> = (0..self.threads.get())
                .map(|_| {
                    let to_merge = to_merge.clone();
                    scope.spawn(|| work(judge, &batches, to_merge))
                })
                .collect();
            drop(to_merge);
            let mut problems = merge(&done, &returned, hits, |edits, matches| {
                progress.advance(bytes_read.load(Ordering::Relaxed), edits, matches);
            });
            let mut tally = judge.desk().tally;
            for worker in judges {
                match worker.join() {
                    Ok(part) => tally.absorb(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            let mut read = match reader.join() {
                Ok(read) => read,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            read.problems.absorb(std::mem::take(&mut problems));
            Run { tally, left_out: read.left_out, problems: read.problems, files_opened: read.files_opened }
        })
    }

    fn read(&self, to_judges: SyncSender<Batch>, permits: SyncSender<()>, bytes_read: &AtomicU64) -> Read {
        let mut read = Read::default();
        let mut packer = Packer { to_judges, permits, batch: Vec::new(), bytes: 0, number: 0, place: 0 };
        for file in &self.files {
            let bytes_before = bytes_read.load(Ordering::Relaxed);
            let opened = Source::open(file).and_then(|source| {
                let progress = source.progress();
                Ok((EditReader::of(source, &self.reading)?, progress))
            });
            let (mut reader, progress) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    read.problems.error(&error);
                    continue;
                }
            };
            read.files_opened += 1;
            for item in reader.by_ref() {
                match item {
                    Ok(edit) if self.selection.takes(&edit, &mut read.left_out) => {
                        packer.push(edit);
                        bytes_read.store(bytes_before + progress.bytes_read(), Ordering::Relaxed);
                    }
                    Ok(_) => {}
                    Err(error) => read.problems.error(&error),
                }
                if self.selection.is_full(packer.taken()) {
                    break;
                }
            }
            read.left_out.other_records += reader.tally().others;
            bytes_read.store(bytes_before + progress.bytes_read(), Ordering::Relaxed);
            if self.selection.is_full(packer.taken()) {
                break;
            }
        }
        packer.flush();
        read
    }
}

/// Packs edits into batches and hands these out.
struct Packer {
    to_judges: SyncSender<Batch>,
    permits: SyncSender<()>,
    batch: Vec<Edit>,
    bytes: usize,
    number: u64,
    place: u64,
}

impl Packer {
    fn push(&mut self, edit: Edit) {
        let length = |text: &Option<crate::input::edits::Text>| text.as_ref().map_or(0, |text| text.len());
        self.bytes += length(&edit.old) + length(&edit.new);
        self.batch.push(edit);
        if self.batch.len() >= BATCH_EDITS_MAX || self.bytes >= BATCH_BYTES_MAX {
            self.flush();
        }
    }

    fn taken(&self) -> u64 {
        self.place + self.batch.len() as u64
    }

    /// Hands the batch out. Waits while too many are under way; an error means that the other side has panicked, which
    /// ends the run there.
    fn flush(&mut self) {
        let edits = std::mem::take(&mut self.batch);
        if edits.is_empty() || self.permits.send(()).is_err() {
            return;
        }
        let batch = Batch { number: self.number, place: self.place, edits };
        self.number += 1;
        self.place += batch.edits.len() as u64;
        self.bytes = 0;
        // Ignored as said above.
        let _ = self.to_judges.send(batch);
    }
}

/// One judging thread.
#[expect(clippy::needless_pass_by_value, reason = "the channel ends when the thread does")]
fn work(judge: &Judge<'_>, batches: &Mutex<Receiver<Batch>>, to_merge: Sender<Done>) -> Tally {
    let mut desk = judge.desk();
    loop {
        let next = batches.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(batch) = next else { return desk.tally };
        let mut matches = 0;
        for (place, edit) in (batch.place..).zip(&batch.edits) {
            matches += judge.judge(place, edit, &mut desk);
        }
        let hits = std::mem::take(&mut desk.hits);
        let done = Done { number: batch.number, edits: batch.edits.len() as u64, matches, hits };
        if to_merge.send(done).is_err() {
            return desk.tally;
        }
    }
}

/// Takes finished batches in the order of the stream.
fn merge(
    done: &Receiver<Done>,
    returned: &Receiver<()>,
    mut hits: Option<&mut dyn Write>,
    mut tell: impl FnMut(u64, u64),
) -> Problems {
    let mut problems = Problems::default();
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for batch in done {
        waiting.insert(batch.number, batch);
        while let Some(batch) = waiting.remove(&next) {
            next += 1;
            // Each batch took one permit, so one is there.
            let _ = returned.recv();
            if let Some(Err(error)) = hits.as_mut().map(|hits| hits.write_all(&batch.hits)) {
                problems.error(&format!("hits.jsonl: cannot be written: {error}. Hits from here on are not in it"));
                hits = None;
            }
            tell(batch.edits, batch.matches);
        }
    }
    if let Some(Err(error)) = hits.map(Write::flush) {
        problems.error(&format!("hits.jsonl: cannot be written: {error}. Its end is missing"));
    }
    problems
}
