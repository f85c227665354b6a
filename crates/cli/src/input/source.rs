//! One input, opened and unpacked.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{Cause, InputError, Place};

/// Bytes read ahead, packed and unpacked. Large enough that the cost per block vanishes.
const BLOCK_BYTES: usize = 128 * 1024;

/// How far an input was read, for a progress bar. Clones share the count.
#[derive(Clone, Debug)]
pub struct Progress {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Progress {
    /// Bytes read so far, as they lie on disk (packed).
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Length of the file, where it is a file.
    pub fn bytes_total(&self) -> Option<u64> {
        self.total
    }
}

/// How an input is packed, told by its first bytes and never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not packed.
    Plain,
    /// gzip, one member or several.
    Gzip,
    /// bzip2, one stream or several, as the public dumps use.
    Bzip2,
    /// Zstandard, one frame or several.
    Zstd,
}

impl Packing {
    /// Tells the packing by the first bytes.
    fn detect(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// One input, unpacked: a file or standard input.
///
/// Memory is two blocks of 128 KiB and what the unpacking needs (bzip2 4 MB, Zstandard its window, at most 128 MB).
pub struct Source {
    name: Arc<str>,
    packing: Packing,
    progress: Progress,
    bytes: BufReader<Box<dyn Read + Send>>,
}

impl Source {
    /// Opens a path; `-` is standard input.
    ///
    /// # Errors
    /// [`Cause::Open`] if there is no such file, or it may not be read, or it is a folder; [`Cause::Read`] if its first
    /// block cannot be read.
    pub fn open(path: &Path) -> Result<Self, InputError> {
        if path.as_os_str() == "-" {
            return Self::of("standard input", io::stdin(), None);
        }
        let name: Arc<str> = Arc::from(path.to_string_lossy());
        let failed = |error| InputError::new(Place::file(&name), Cause::Open(error));
        let file = File::open(path).map_err(failed)?;
        let facts = file.metadata().map_err(failed)?;
        if facts.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let total = facts.is_file().then_some(facts.len());
        Self::of(&name, file, total)
    }

    /// Takes anything that can be read, under a name for messages. `total` is its packed length, where known.
    ///
    /// # Errors
    /// [`Cause::Read`] if the first block cannot be read.
    pub fn of(name: &str, packed: impl Read + Send + 'static, total: Option<u64>) -> Result<Self, InputError> {
        let name: Arc<str> = Arc::from(name);
        let failed = |error| InputError::new(Place::file(&name), Cause::Read(error));
        let progress = Progress { read: Arc::default(), total };
        let counted = Counted { inner: packed, read: Arc::clone(&progress.read) };
        // Standard input may hand over a few bytes at a time; the signature needs four.
        let mut start = Vec::new();
        let mut counted = BufReader::with_capacity(BLOCK_BYTES, counted);
        counted.by_ref().take(4).read_to_end(&mut start).map_err(failed)?;
        let packing = Packing::detect(&start);
        let packed = BufReader::with_capacity(BLOCK_BYTES, io::Cursor::new(start).chain(counted));
        let plain: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(packed),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            Packing::Zstd => Box::new(zstd::Decoder::with_buffer(packed).map_err(failed)?),
        };
        Ok(Self { name: Arc::clone(&name), packing, progress, bytes: BufReader::with_capacity(BLOCK_BYTES, plain) })
    }

    /// The name for messages.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// How the input is packed.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// A handle that tells how far the input was read, also from other threads.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The unpacked bytes that are in memory and not yet consumed.
    pub(crate) fn buffered(&self) -> &[u8] {
        self.bytes.buffer()
    }

    /// What an error of reading means at a place of this input.
    pub(crate) fn failure(&self, place: Place, error: io::Error) -> InputError {
        let cut = self.packing != Packing::Plain && error.kind() == io::ErrorKind::UnexpectedEof;
        InputError::new(place, if cut { Cause::Cut } else { Cause::Read(error) })
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(into)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.bytes.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.bytes.consume(bytes);
    }
}

/// Counts what is read through it.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(into)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(text: &str) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    }

    fn bzip2(text: &str) -> Vec<u8> {
        let mut packer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    }

    fn zstd(text: &str) -> Vec<u8> {
        ::zstd::encode_all(text.as_bytes(), 1).unwrap()
    }

    fn unpack(packed: Vec<u8>) -> (Packing, String) {
        let mut source = Source::of("test", io::Cursor::new(packed), None).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        (source.packing(), text)
    }

    #[test]
    fn packing_is_told_by_the_first_bytes_and_several_parts_are_one_text() {
        let twice = |pack: fn(&str) -> Vec<u8>| [pack("one\n"), pack("two\n")].concat();
        let both = "one\ntwo\n".to_owned();
        assert_eq!(unpack(b"one\ntwo\n".to_vec()), (Packing::Plain, both.clone()));
        assert_eq!(unpack(twice(gzip)), (Packing::Gzip, both.clone()));
        assert_eq!(unpack(twice(bzip2)), (Packing::Bzip2, both.clone()));
        assert_eq!(unpack(twice(zstd)), (Packing::Zstd, both));
    }

    #[test]
    fn packed_data_that_ends_early_is_cut_and_what_it_held_is_read() {
        use crate::input::edits::{EditReader, ReadOptions};
        let mut noise = 1_u64;
        let mut lines = String::new();
        for _ in 0..20_000 {
            // Summaries that do not pack well, so that half of the bytes hold about half of the lines.
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let line = format!("{{\"timestamp\":1,\"title\":\"T\",\"comment\":\"{noise:x}\"}}\n");
            lines.push_str(&line);
        }
        for pack in [gzip, bzip2, zstd] {
            let mut packed = pack(&lines);
            packed.truncate(packed.len() / 2);
            let source = Source::of("cut", io::Cursor::new(packed), None).unwrap();
            let packing = source.packing();
            let mut reader = EditReader::of(source, &ReadOptions::default()).unwrap();
            let error = reader.by_ref().find_map(Result::err).unwrap();
            assert!(matches!(error.cause, Cause::Cut), "{packing:?}: {error}");
            let edits = reader.tally().edits;
            assert!((1..20_000).contains(&edits), "{packing:?}: {edits}");
            assert_eq!(error.place.line, edits + 1, "{packing:?}");
            assert!(reader.next().is_none(), "nothing follows");
        }
    }

    #[test]
    fn inputs_shorter_than_a_signature_are_plain() {
        for text in ["", "a", "BZ", "{}"] {
            assert_eq!(unpack(text.as_bytes().to_vec()), (Packing::Plain, text.to_owned()));
        }
    }

    #[test]
    fn progress_counts_packed_bytes() {
        let packed = gzip(&"all work and no play\n".repeat(100));
        let length = packed.len() as u64;
        let mut source = Source::of("test", io::Cursor::new(packed), Some(length)).unwrap();
        let progress = source.progress();
        io::copy(&mut source, &mut io::sink()).unwrap();
        assert_eq!(progress.bytes_read(), length);
        assert_eq!(progress.bytes_total(), Some(length));
    }

    #[test]
    fn an_input_that_is_not_there_says_so() {
        let error = Source::open(Path::new("no/such/file.jsonl")).err().unwrap();
        assert_eq!(error.to_string(), "no/such/file.jsonl: cannot be opened: No such file or directory (os error 2)");
        let folder = tempfile::tempdir().unwrap();
        let error = Source::open(folder.path()).err().unwrap();
        assert!(error.to_string().ends_with("cannot be opened: is a directory"), "{error}");
    }
}
