//! The documents say what the program does: generated pages are compared with the code, commands in the README and the
//! book are run and their output compared, and names in other pages must exist.
//!
//! `UPDATE_DOCS=1` writes the generated pages anew instead of comparing them.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "docs/console.rs"]
mod console;
#[path = "docs/generated.rs"]
mod generated;
#[path = "docs/names.rs"]
mod names;
#[path = "docs/service.rs"]
mod service;

use std::fs;
use std::path::{Path, PathBuf};

/// The project's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of a file below the root.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The README, the other documents at the root and all pages of the book: path and text.
fn documents() -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(PathBuf::from).into();
    let mut folders = vec![PathBuf::from("docs/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("the book has this folder") {
            let entry = entry.expect("the folder can be listed");
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.into_iter().map(|path| path.display().to_string()).map(|path| (path.clone(), read(&path))).collect()
}
