//! The spool file: where records wait while there is no database.
//!
//! A line is 16 hexadecimal digits (the first half of the SHA-256 of what follows), a space, the record as JSON. Lines are
//! flushed to disk before anybody is told. A last line that a crash tore is dropped: nobody was told of it. A line that is
//! damaged otherwise is moved to a file beside it, for a person to look at.

use super::hex;
use super::prepared::Prepared;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Name of the spool file in its folder.
pub const FILE_NAME: &str = "hits.spool";

/// Name of the file with lines that could not be read or that the database refuses.
pub const REFUSED_NAME: &str = "hits.refused";

/// Longest line: a request's body packed, as digits, with room to spare. A longer one is damaged.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// Which record answers an action: wiki and action id.
pub(crate) type Key = (String, String);

/// The spool file, opened.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    folder: PathBuf,
    /// Bytes of whole lines.
    length: u64,
    /// How far it has been replayed.
    replayed: u64,
    bytes_max: u64,
    /// Where the line of each waiting action begins.
    places: HashMap<Key, u64>,
    /// Evaluations whose records wait.
    evaluations: HashSet<[u8; 16]>,
}

/// What reading on found.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) records: Vec<Prepared>,
    /// Where reading goes on.
    pub(crate) end: u64,
    /// Lines that were damaged.
    pub(crate) damaged: usize,
}

impl Spool {
    /// Opens the spool in `folder`, made if it is not there. A torn last line is cut off.
    pub(crate) fn open(folder: &Path, bytes_max: u64) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(FILE_NAME);
        let is_new = !path.exists();
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
        if is_new {
            // The name must survive as the lines do.
            File::open(folder)?.sync_all()?;
        }
        let mut spool = Self {
            length: whole_lines(&mut file)?,
            file,
            folder: folder.to_owned(),
            replayed: 0,
            bytes_max,
            places: HashMap::new(),
            evaluations: HashSet::new(),
        };
        spool.file.set_len(spool.length)?;
        let mut at = 0;
        while at < spool.length {
            let chunk = spool.read(at, 64, false, |key, place| Some((key, place)))?;
            spool.places.extend(chunk.1);
            spool.evaluations.extend(chunk.0.records.iter().map(|record| record.evaluation_id));
            at = chunk.0.end;
        }
        Ok(spool)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.replayed >= self.length
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> u64 {
        self.length.saturating_sub(self.replayed)
    }

    /// Appends `records` and flushes them to disk. Whole or not at all.
    pub(crate) fn append(&mut self, records: &[&Prepared]) -> io::Result<()> {
        let mut lines = Vec::new();
        let mut places = Vec::with_capacity(records.len());
        for record in records {
            places.push(((record.wiki.clone(), record.action_id.clone()), self.length + length_of(&lines)));
            lines.extend_from_slice(&line(record)?);
        }
        if self.length.saturating_add(length_of(&lines)) > self.bytes_max {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the spool file has reached its limit"));
        }
        let written = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What was written in part must not be taken for a line later.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += length_of(&lines);
        self.places.extend(places);
        self.evaluations.extend(records.iter().map(|record| record.evaluation_id));
        Ok(())
    }

    /// Actions whose records wait.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.keys().map(|(wiki, action_id)| (wiki.as_str(), action_id.as_str()))
    }

    /// Whether the record of an evaluation waits.
    pub(crate) fn holds(&self, evaluation: &[u8; 16]) -> bool {
        self.evaluations.contains(evaluation)
    }

    /// The waiting record of an action.
    pub(crate) fn find(&self, wiki: &str, action_id: &str) -> Option<Prepared> {
        let place = *self.places.get(&(wiki.to_owned(), action_id.to_owned()))?;
        self.read(place, 1, false, |_, _| None::<()>).ok()?.0.records.pop()
    }

    /// The next records to be replayed, at most `records_max`.
    pub(crate) fn next(&self, records_max: usize) -> io::Result<Chunk> {
        self.read(self.replayed, records_max, true, |_, _| None::<()>).map(|(chunk, _)| chunk)
    }

    /// Notes that everything before `end` is in the database. At the end of the file it is emptied.
    pub(crate) fn done<'p>(&mut self, end: u64, records: impl IntoIterator<Item = &'p Prepared>) -> io::Result<()> {
        self.replayed = end;
        for record in records {
            self.places.remove(&(record.wiki.clone(), record.action_id.clone()));
            self.evaluations.remove(&record.evaluation_id);
        }
        if self.is_empty() {
            self.file.set_len(0)?;
            self.file.sync_data()?;
            (self.length, self.replayed) = (0, 0);
            self.places.clear();
            self.places.shrink_to_fit();
            self.evaluations = HashSet::new();
        }
        Ok(())
    }

    /// Keeps a record that the database refuses, for a person to look at.
    pub(crate) fn set_aside(&self, record: &Prepared) -> io::Result<()> {
        self.set_aside_line(&line(record)?)
    }

    fn set_aside_line(&self, line: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(self.folder.join(REFUSED_NAME))?;
        file.write_all(line)?;
        file.sync_all()
    }

    fn read<T>(
        &self,
        from: u64,
        records_max: usize,
        sets_aside: bool,
        mut note: impl FnMut(Key, u64) -> Option<T>,
    ) -> io::Result<(Chunk, Vec<T>)> {
        let mut file = File::open(self.folder.join(FILE_NAME))?;
        file.seek(SeekFrom::Start(from))?;
        let mut reader = BufReader::with_capacity(1 << 16, file.take(self.length.saturating_sub(from)));
        let (mut chunk, mut noted) = (Chunk { records: Vec::new(), end: from, damaged: 0 }, Vec::new());
        let mut line = Vec::new();
        while chunk.records.len() < records_max && chunk.end < self.length {
            line.clear();
            let read = (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            match parse(&line) {
                Some(record) => {
                    noted.extend(note((record.wiki.clone(), record.action_id.clone()), chunk.end));
                    chunk.records.push(record);
                }
                None => {
                    chunk.damaged += 1;
                    if sets_aside {
                        self.set_aside_line(&line)?;
                    }
                }
            }
            chunk.end += length_of(&line);
        }
        Ok((chunk, noted))
    }
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Bytes up to the end of the last whole line.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 1 << 16;
    let mut end = file.metadata()?.len();
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        io::Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        if let Some(place) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + u64::try_from(place).unwrap_or(0) + 1);
        }
        end = start;
    }
    Ok(0)
}

fn checksum(json: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(json).into();
    hex::encode(digest.get(..8).unwrap_or_default())
}

fn line(record: &Prepared) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(record).map_err(io::Error::other)?;
    Ok([checksum(&json).as_bytes(), b" ", &json, b"\n"].concat())
}

fn parse(line: &[u8]) -> Option<Prepared> {
    let (sum, json) = line.strip_suffix(b"\n")?.split_at_checked(16)?;
    let json = json.strip_prefix(b" ")?;
    if checksum(json).as_bytes() == sum { serde_json::from_slice(json).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hits::tests::{prepared, record};

    fn open(folder: &Path) -> Spool {
        Spool::open(folder, 1 << 20).unwrap()
    }

    fn names(records: &[Prepared]) -> Vec<&str> {
        records.iter().map(|record| record.action_id.as_str()).collect()
    }

    #[test]
    fn records_come_back_in_order_after_the_process_died() {
        let folder = tempfile::tempdir().unwrap();
        let records: Vec<Prepared> = ["a", "b", "c"].map(|id| prepared(&record(id, 1))).into();
        open(folder.path()).append(&records.iter().collect::<Vec<_>>()).unwrap();
        let mut spool = open(folder.path());
        assert_eq!(spool.find("enwiki", "b"), Some(records[1].clone()));
        assert_eq!(spool.find("enwiki", "x"), None);
        let first = spool.next(2).unwrap();
        assert_eq!(first.records, records[..2]);
        spool.done(first.end, &first.records).unwrap();
        assert_eq!(spool.find("enwiki", "b"), None);
        let rest = spool.next(2).unwrap();
        assert_eq!(rest.records, records[2..]);
        spool.done(rest.end, &rest.records).unwrap();
        assert!(spool.is_empty() && open(folder.path()).is_empty());
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let records: Vec<Prepared> = ["a", "b"].map(|id| prepared(&record(id, 1))).into();
        open(folder.path()).append(&records.iter().collect::<Vec<_>>()).unwrap();
        let path = folder.path().join(FILE_NAME);
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for length in first..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut spool = open(folder.path());
            assert_eq!(names(&spool.next(9).unwrap().records), ["a"], "torn at {length}");
            spool.append(&[&prepared(&record("c", 1))]).unwrap();
            assert_eq!(names(&open(folder.path()).next(9).unwrap().records), ["a", "c"]);
        }
    }

    #[test]
    fn a_damaged_line_is_set_aside_and_the_rest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let records: Vec<Prepared> = ["a", "b", "c"].map(|id| prepared(&record(id, 1))).into();
        open(folder.path()).append(&records.iter().collect::<Vec<_>>()).unwrap();
        let path = folder.path().join(FILE_NAME);
        let mut bytes = std::fs::read(&path).unwrap();
        let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 40;
        bytes[second] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let chunk = open(folder.path()).next(9).unwrap();
        assert_eq!(names(&chunk.records), ["a", "c"]);
        assert_eq!(chunk.damaged, 1);
        assert!(folder.path().join(REFUSED_NAME).exists());
    }

    #[test]
    fn beyond_its_limit_it_takes_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), 5000).unwrap();
        let record = prepared(&record("a", 1));
        let taken = (0..100).take_while(|_| spool.append(&[&record]).is_ok()).count();
        assert!((1..20).contains(&taken), "{taken}");
        assert_eq!(open(folder.path()).next(99).unwrap().records.len(), taken);
    }
}
