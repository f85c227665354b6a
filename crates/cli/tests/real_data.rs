//! Reads the real edits and filters of the folder that `WIKIWARD_DATA` names, and rebuilds every recorded text.

#![expect(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::path::{Path, PathBuf};

use wikiward_cli::input::{EditReader, ReadOptions, load_filters};

/// The folder, or a plain word that the test did nothing.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("WIKIWARD_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("not run: WIKIWARD_DATA names no folder with real data");
    }
    folder
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    edits: usize,
    with_texts: usize,
    old_text_bytes: usize,
}

fn read(path: &Path) -> Found {
    let mut found = Found::default();
    for edit in EditReader::open(path, &ReadOptions::default()).unwrap() {
        let edit = edit.unwrap();
        found.edits += 1;
        if let (Some(old), Some(_)) = (&edit.old, &edit.new) {
            found.with_texts += 1;
            found.old_text_bytes += old.len();
        }
    }
    found
}

#[test]
fn every_recorded_text_rebuilds_with_its_hash() {
    let Some(folder) = folder() else { return };
    let mut rebuilt = 0;
    for (file, edits) in [("text-history-enwiki-anarchism", 9_380), ("text-history-webplatform", 23_492)] {
        let found = read(&folder.join(format!("edits/{file}.jsonl.gz")));
        assert_eq!((found.edits, found.with_texts), (edits, edits), "{file}");
        rebuilt += found.with_texts;
    }
    assert_eq!(rebuilt, 32_872);
}

#[test]
fn every_other_recorded_edit_is_read() {
    let Some(folder) = folder() else { return };
    for (file, edits, has_texts) in [
        ("recent-changes-2015-09-12", 26_344, false),
        ("page-histories-enwiki", 88_911, false),
        ("pairs-small", 1_572, true),
    ] {
        let found = read(&folder.join(format!("edits/{file}.jsonl.gz")));
        assert_eq!(found.edits, edits, "{file}");
        assert!(!has_texts || found.with_texts == edits, "{file}");
    }
}

#[test]
fn every_recorded_filter_is_read() {
    let Some(folder) = folder() else { return };
    let loaded = [("enwiki", 262), ("dewiki", 56)].map(|(wiki, filters)| {
        let loaded = load_filters(&folder.join(format!("filters/{wiki}.jsonl")), None);
        assert!(loaded.errors.is_empty() && loaded.doubts.is_empty(), "{loaded:?}");
        assert_eq!(loaded.filters.len(), filters, "{wiki}");
        assert!(loaded.filters.iter().all(|filter| filter.wiki.as_deref() == Some(wiki)));
        loaded.filters.len()
    });
    assert_eq!(loaded.iter().sum::<usize>(), 318);
}
