// The editor's look, in the console's tokens: it follows the theme of the page.

import { EditorView } from "@codemirror/view";

const underline = (colour) => ({
  backgroundImage: "none",
  textDecoration: `underline wavy ${colour}`,
  textDecorationSkipInk: "none",
});

/** A mark in the margin: a shape and a colour for each kind. */
const mark = (colour, shape) => ({
  content: `"${shape}"`,
  color: colour,
  fontWeight: "700",
  lineHeight: "1.2",
});

/** The look. What the packages draw with images of their own is drawn with letters: the policy allows no others. */
export const theme = EditorView.theme({
  "&": { color: "var(--color-base)", backgroundColor: "var(--background-color-base)" },
  "&.cm-focused": { outline: "2px solid var(--ww-ring)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--ww-mono)", fontSize: "0.9286em", lineHeight: "1.5", maxHeight: "70vh" },
  ".cm-content, .cm-gutter": { minHeight: "12rem" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--color-emphasized)" },
  ".cm-cursor": { borderLeftColor: "var(--color-emphasized)" },
  ".cm-gutters": {
    backgroundColor: "var(--ww-gutter)",
    color: "var(--color-subtle)",
    border: "0",
    borderRight: "1px solid var(--border-color-muted)",
  },
  ".cm-activeLineGutter": { backgroundColor: "var(--background-color-interactive)", color: "var(--color-base)" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--ww-selection)",
  },
  "&.cm-focused .cm-matchingBracket, .cm-matchingBracket": {
    backgroundColor: "var(--background-color-progressive-subtle)",
    outline: "1px solid var(--border-color-progressive)",
  },
  "&.cm-focused .cm-nonmatchingBracket": {
    backgroundColor: "var(--background-color-error-subtle)",
    outline: "1px solid var(--border-color-error)",
  },
  ".cm-searchMatch": { backgroundColor: "var(--ww-match)", outline: "1px solid var(--ww-match-edge)" },
  ".cm-searchMatch.cm-searchMatch-selected": { backgroundColor: "var(--ww-removed-strong)" },
  ".cm-selectionMatch": { backgroundColor: "var(--background-color-neutral)" },
  ".cm-lintRange-error": underline("var(--color-error)"),
  ".cm-lintRange-warning": underline("var(--color-warning)"),
  ".cm-lintRange-info, .cm-lintRange-hint": underline("var(--color-progressive)"),
  ".cm-lintRange-active": { backgroundColor: "var(--ww-match)" },
  ".cm-lintPoint:after": { borderBottomColor: "var(--color-error)" },
  ".cm-lint-marker": { width: "1em", height: "1.2em" },
  ".cm-lint-marker-error": mark("var(--color-error)", "✖"),
  ".cm-lint-marker-warning": mark("var(--color-warning)", "▲"),
  ".cm-lint-marker-info, .cm-lint-marker-hint": mark("var(--color-progressive)", "●"),
  ".cm-diagnostic": { padding: "6px 10px", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--color-error)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--color-warning)" },
  ".cm-diagnostic-info": { borderLeft: "4px solid var(--color-progressive)" },
  ".cm-tooltip": {
    backgroundColor: "var(--background-color-base)",
    color: "var(--color-base)",
    border: "1px solid var(--border-color-base)",
    borderRadius: "2px",
    boxShadow: "var(--ww-shadow)",
    maxWidth: "min(36rem, 94vw)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--ww-mono)", fontSize: "0.9286em", maxHeight: "16em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 8px", lineHeight: "1.4" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--background-color-progressive-subtle)",
    color: "var(--color-emphasized)",
    outline: "1px solid var(--border-color-progressive)",
    outlineOffset: "-1px",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { color: "var(--color-subtle)", fontStyle: "normal" },
  ".cm-completionInfo": { padding: "8px 12px", fontFamily: "inherit" },
  ".cm-panels": {
    backgroundColor: "var(--background-color-neutral-subtle)",
    color: "var(--color-base)",
    borderColor: "var(--border-color-subtle)",
  },
  ".cm-panel.cm-search": { padding: "8px", fontSize: "1em" },
  ".cm-panel.cm-search label": { fontSize: "1em", marginInlineEnd: "8px" },
  ".cm-textfield": {
    padding: "3px 8px",
    minHeight: "32px",
    fontSize: "1em",
    backgroundColor: "var(--background-color-base)",
    color: "var(--color-base)",
    border: "1px solid var(--border-color-interactive)",
    borderRadius: "2px",
  },
  ".cm-button": {
    minHeight: "32px",
    fontSize: "1em",
    backgroundImage: "none",
    backgroundColor: "var(--background-color-interactive-subtle)",
    color: "var(--color-base)",
    border: "1px solid var(--border-color-interactive)",
    borderRadius: "2px",
  },
  ".cm-panel.cm-search [name=close]": { minWidth: "32px", minHeight: "32px", color: "var(--color-base)", fontSize: "1.2em" },
});
