//! The few words that scripts say, given to them with the page.

use crate::text::Text;
use serde_json::{Map, Value};

/// What scripts call a text, and its key.
type Named = (&'static str, &'static str);

/// On every page.
const CONSOLE: &[Named] = &[
    ("cancel", "script-cancel"),
    ("close", "script-close"),
    ("confirm", "script-confirm"),
    ("copied", "script-copied"),
    ("keys-off", "script-keys-off"),
    ("keys-on", "script-keys-on"),
    ("live-failed", "script-live-failed"),
    ("live-pause", "script-live-pause"),
    ("live-resume", "script-live-resume"),
    ("search", "script-search"),
    ("shortcuts", "script-shortcuts"),
];

/// On pages with the editor.
const EDITOR: &[Named] = &[
    ("editor-label", "script-editor-label"),
    ("editor-hint", "script-editor-hint"),
    ("editor-format", "script-editor-format"),
    ("editor-formatted", "script-editor-formatted"),
    ("editor-format-failed", "script-editor-format-failed"),
    ("editor-checking", "script-editor-checking"),
    ("editor-fine", "script-editor-fine"),
    ("editor-errors", "script-editor-errors"),
    ("editor-warnings", "script-editor-warnings"),
    ("editor-infos", "script-editor-infos"),
    ("editor-check-failed", "script-editor-check-failed"),
    ("editor-place", "script-editor-place"),
    ("editor-error", "script-editor-error"),
    ("editor-warning", "script-editor-warning"),
    ("editor-info", "script-editor-info"),
    ("editor-draft", "script-editor-draft"),
    ("editor-draft-restore", "script-editor-draft-restore"),
    ("editor-draft-discard", "script-editor-draft-discard"),
];

/// Phrases of the editor's own panels, by their English.
const PHRASES: &[Named] = &[
    ("Find", "script-find"),
    ("Replace", "script-replace-field"),
    ("next", "script-next"),
    ("previous", "script-previous"),
    ("all", "script-all"),
    ("match case", "script-match-case"),
    ("regexp", "script-regexp"),
    ("by word", "script-by-word"),
    ("replace", "script-replace"),
    ("replace all", "script-replace-all"),
    ("Go to line", "script-go-to-line"),
    ("go", "script-go"),
];

/// The texts as JSON.
pub(super) fn texts(text: Text, has_editor: bool) -> String {
    let said = |named: &[Named]| named.iter().map(|(name, key)| ((*name).to_owned(), text.say(key).into())).collect();
    let mut all: Map<String, Value> = said(CONSOLE);
    if has_editor {
        all.extend(said(EDITOR));
        all.insert("editor-phrases".into(), Value::Object(said(PHRASES)));
    }
    Value::Object(all).to_string()
}
