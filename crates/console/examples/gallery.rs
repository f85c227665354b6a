//! Writes every page in every state as a file, for browsers to look at: in English, in Arabic, and in German with texts
//! half as long again. The file `index.json` lists them.
//!
//! `cargo run -p wikiward-console --example gallery -- FOLDER`; the browser tests do.

use serde_json::json;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use wikiward_console::pages::sample::all;
use wikiward_console::text::Language;
use wikiward_console::visit::Theme;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("where to? Name a folder")?.into();
    fs::create_dir_all(&folder)?;
    let mut index = Vec::new();
    for (place, sample) in all().iter().enumerate() {
        for (kind, language) in [("plain", Language::En), ("rtl", Language::Ar), ("long", Language::De)] {
            let mut visitor = sample.rights.visitor(language, Theme::Light);
            if kind == "long" {
                visitor.text = visitor.text.stretched();
            }
            let file = format!("{place}-{kind}.html");
            fs::write(folder.join(&file), (sample.make)(&visitor).html(&visitor).into_string())?;
            index.push(json!({"page": sample.page, "state": sample.state, "kind": kind, "file": file}));
        }
    }
    fs::write(folder.join("index.json"), json!(index).to_string())?;
    Ok(())
}
