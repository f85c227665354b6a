//! Filters, from whatever holds them.
//!
//! - JSON: objects one a line, or written over several lines, or in an array. An object is either a record with `id` and
//!   `rule`, or AbuseFilter's export (`{"data":{…},"actions":{…}}`) of any generation.
//! - anything else is one rule, named after its file.
//! - a folder: all its files, by name; its sub-folders and hidden files are left out.
//!
//! Files may be packed like edits. A file is read as a whole, up to [`FILE_BYTES_MAX`].

mod entries;
mod record;
mod spelling;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Cause, InputError, Place};
use super::source::Source;

/// Longest file of filters. The English Wikipedia's public rules are a quarter of a MiB.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One filter as it was written, unparsed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the independent flags of the record")]
pub struct FilterSource {
    /// Its number or name; of a plain rule, and of an export without a number, the file's name without ending.
    pub id: String,
    /// Database name of its wiki, where it says so.
    pub wiki: Option<String>,
    /// Its description; may be empty.
    pub name: String,
    /// The rule, exactly as written.
    pub rule: String,
    /// Whether it is switched on. `true` if it does not say.
    pub enabled: bool,
    /// Whether it is deleted.
    pub deleted: bool,
    /// Names of its consequences.
    pub actions: Vec<String>,
    /// Its group; `default` if it does not say.
    pub group: String,
    /// Whether it holds for all wikis of its farm.
    pub global: bool,
    /// Whether its rule is hidden from the public.
    pub hidden: bool,
    /// Where its entry begins.
    pub place: Place,
}

/// Form of filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterFormat {
    /// JSON of any kind.
    Json,
    /// One rule.
    Rule,
}

/// Something that was read, but is probably not meant so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Where.
    pub place: Place,
    /// What is odd, and what was perhaps meant.
    pub message: String,
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Every filter that could be read, in order.
    pub filters: Vec<FilterSource>,
    /// Every entry that could not.
    pub errors: Vec<InputError>,
    /// What is odd about entries that could.
    pub doubts: Vec<Doubt>,
}

/// Reads the filters of a file, a folder, or (`-`) standard input.
///
/// The form is told from the content unless `format` says it: `{`, or `[` with `{` or `]` after it, begins JSON; a file
/// whose name ends in `.rule` is a rule in any case. Nothing is lost for an error elsewhere; finding nothing at all is
/// the error [`Cause::NoFilters`].
pub fn load_filters(path: &Path, format: Option<FilterFormat>) -> Loaded {
    let mut loaded = Loaded::default();
    if path.as_os_str() != "-" && path.is_dir() {
        match files(path) {
            Ok(files) => files.iter().for_each(|file| load_file(file, format, &mut loaded)),
            Err(error) => loaded.errors.push(InputError::new(Place::file(&name(path)), Cause::Open(error))),
        }
    } else {
        load_file(path, format, &mut loaded);
    }
    if loaded.filters.is_empty() && loaded.errors.is_empty() {
        loaded.errors.push(InputError::new(Place::file(&name(path)), Cause::NoFilters));
    }
    loaded
}

/// The files of a folder, by name, hidden ones left out.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !is_hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn name(path: &Path) -> Arc<str> {
    Arc::from(path.to_string_lossy())
}

fn load_file(path: &Path, format: Option<FilterFormat>, loaded: &mut Loaded) {
    let (file, text) = match read(path) {
        Ok(read) => read,
        Err(error) => {
            loaded.errors.push(error);
            return;
        }
    };
    let ends_in_rule = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("rule"));
    let detected = if ends_in_rule || !is_json(&text) { FilterFormat::Rule } else { FilterFormat::Json };
    let stem = path
        .file_stem()
        .filter(|_| path.as_os_str() != "-")
        .map_or_else(|| "stdin".to_owned(), |stem| stem.to_string_lossy().into_owned());
    match format.unwrap_or(detected) {
        FilterFormat::Json => entries::load(&text, &file, &stem, loaded),
        FilterFormat::Rule if text.trim().is_empty() => {
            loaded.errors.push(InputError::new(Place::file(&file), Cause::NoFilters));
        }
        FilterFormat::Rule => loaded.filters.push(FilterSource {
            id: stem.clone(),
            wiki: None,
            name: stem,
            rule: text,
            enabled: true,
            deleted: false,
            actions: Vec::new(),
            group: "default".to_owned(),
            global: false,
            hidden: false,
            place: Place::line(&file, 1),
        }),
    }
}

/// Reads a whole file as UTF-8, without a byte order mark.
fn read(path: &Path) -> Result<(Arc<str>, String), InputError> {
    let mut source = Source::open(path)?;
    let file = Arc::clone(source.name());
    let mut bytes = Vec::new();
    let result = source.by_ref().take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    result.map_err(|error| source.failure(Place::file(&file), error))?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(InputError::new(Place::file(&file), Cause::FileTooLong { max_mib: FILE_BYTES_MAX >> 20 }));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = memchr::memchr_iter(b'\n', error.as_bytes().get(..good).unwrap_or_default()).count() as u64 + 1;
        InputError::new(Place::line(&file, line).with_byte(good as u64), Cause::NotUtf8)
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok((file, text))
}

/// Whether a text begins like JSON. No rule begins with `{`; one may begin with `[`, but not with `[{` or be `[]`.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    match text.strip_prefix('[') {
        Some(rest) => rest.trim_start().starts_with(['{', ']']),
        None => text.starts_with('{'),
    }
}

#[cfg(test)]
mod tests;
