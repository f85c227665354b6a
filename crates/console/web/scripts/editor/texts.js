// What the editor says, in the page's language: keys of <meta name="ww-texts">, with "editor-phrases" for the phrases
// of CodeMirror's own panels, from their English.

import { text } from "../console/texts.js";

const ENGLISH = {
  "editor-label": "Rule",
  "editor-hint": "Tab leads on to the next field. Ctrl-M lets Tab indent; Escape, then Tab leads out again.",
  "editor-format": "Format",
  "editor-formatted": "Formatted",
  "editor-format-failed": "It was not formatted: there are errors in the rule, or no answer.",
  "editor-checking": "Checking…",
  "editor-fine": "No errors.",
  "editor-errors": "Errors: $1",
  "editor-warnings": "Warnings: $1",
  "editor-infos": "Hints: $1",
  "editor-check-failed": "The rule could not be checked just now. Nothing is lost; it is checked again with the next change.",
  "editor-place": "Line $1, column $2",
  "editor-error": "Error",
  "editor-warning": "Warning",
  "editor-info": "Hint",
  "editor-draft": "Changes from $1 that were not saved are kept in this window.",
  "editor-draft-restore": "Bring them back",
  "editor-draft-discard": "Throw them away",
};

/** The text of a key, with `$1`, `$2` replaced. */
export function words(key, ...values) {
  return values.reduce((so, value, at) => so.replace(`$${at + 1}`, () => String(value)), text(key, ENGLISH));
}

/** CodeMirror's phrases in the page's language. */
export function phrases() {
  const given = text("editor-phrases", {});
  return typeof given === "object" ? given : {};
}
