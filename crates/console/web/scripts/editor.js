// The editor of rules, over <textarea data-ward-editor>. The field stays the form's: it holds what the editor holds at
// every moment, so that sending, leaving and breaking lose nothing. Without this script the field is the editor.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { make, makeButton } from "./console/texts.js";
import { ask } from "./editor/ask.js";
import { checks } from "./editor/check.js";
import { keepDraft } from "./editor/draft.js";
import { language } from "./editor/language.js";
import { phrases, words } from "./editor/texts.js";
import { theme } from "./editor/theme.js";
import { trials } from "./editor/trial.js";
import { completions, hovers, wordsOf } from "./editor/words.js";

/** Puts an editor over a text area; returns its view. */
function edit(textarea) {
  const { checkUrl, formatUrl, wordsUrl, groupField } = textarea.dataset;
  const id = textarea.id || "ww-editor";
  const groups = groupField && textarea.form?.elements.namedItem(groupField);
  const group = () => (groups && "value" in groups ? groups.value : "");

  const status = make("p", { id: `${id}-status`, className: "ww-editor-status ww-muted" });
  status.setAttribute("role", "status");
  const list = make("ul", { className: "ww-editor-notes" });
  const hint = make("span", { id: `${id}-hint`, className: "ww-editor-hint", textContent: words("editor-hint") });
  const format = makeButton(words("editor-format"));
  const described = [textarea.getAttribute("aria-describedby"), hint.id, status.id].filter(Boolean).join(" ");
  const bar = make("div", { className: "ww-editor-bar" }, hint, ...(formatUrl ? [format] : []));
  const frame = make("div", { className: "ww-editor", dir: "ltr" });

  const runFormat = () => {
    formatted(view, formatUrl, status);
    return true;
  };
  const fetchWords = wordsUrl && wordsOf(wordsUrl, group);
  const view = new EditorView({
    parent: frame,
    state: EditorState.create({
      doc: textarea.value,
      extensions: [
        EditorState.phrases.of(phrases()),
        EditorView.contentAttributes.of({ ...labelled(textarea), tabindex: "0", "aria-describedby": described }),
        EditorState.readOnly.of(textarea.readOnly || textarea.disabled),
        language,
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        highlightSelectionMatches(),
        drawSelection(),
        history(),
        bracketMatching(),
        closeBrackets(),
        indentOnInput(),
        search({ top: true }),
        EditorView.lineWrapping,
        checkUrl ? [lintGutter(), checks({ url: checkUrl, group, status, list })] : [],
        fetchWords ? [autocompletion({ override: [completions(fetchWords)], icons: false }), hovers(fetchWords)] : [],
        keymap.of([
          ...(formatUrl ? [{ key: "Shift-Alt-f", run: runFormat }] : []),
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...lintKeymap,
          ...defaultKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) {
            textarea.value = state.doc.toString();
            textarea.dispatchEvent(new Event("input", { bubbles: true }));
          }
        }),
        EditorView.domEventHandlers({ beforeinput: typeOver }),
        theme,
      ],
    }),
  });
  // Tab leads on, as everywhere on the page; Ctrl-M makes it indent.
  view.setTabFocusMode(true);
  format.onclick = runFormat;

  const put = (text) => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    view.focus();
  };
  keepDraft(textarea, textarea, put);
  textarea.after(frame, bar, status, list);
  // The list beneath says the same, as of now.
  document.getElementById(`${textarea.id}-places`)?.remove();
  textarea.hidden = true;
  // A hidden field that must not be empty would stop the form without a word; the server says it.
  textarea.required = false;
  textarea.addEventListener("ww-put", ({ detail }) => put(String(detail)));
  textarea.addEventListener("ww-show", ({ detail: { from, to } }) => {
    const end = view.state.doc.length;
    const selection = { anchor: Math.min(from, end), head: Math.min(to ?? from, end) };
    view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: "center" }) });
    view.focus();
  });
  for (const label of textarea.labels) {
    label.addEventListener("click", () => view.focus());
  }
  // What is said of the rule above the form leads to where the rule is now.
  for (const link of document.querySelectorAll(`a[href="#${textarea.id}"]`)) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      frame.scrollIntoView({ block: "center" });
      view.focus();
    });
  }
  if (groups instanceof Element) {
    groups.addEventListener("change", () => view.dispatch({ userEvent: "ww.recheck" }));
  }
  textarea.form?.addEventListener("reset", () => setTimeout(() => put(textarea.value)));
  return view;
}

/**
 * Replaces what is selected by what is typed. Left to itself, Chromium carries the look of the replaced text over in a
 * style attribute, which the page's policy forbids and the console then complains of.
 */
function typeOver(event, view) {
  const { from, to, empty } = view.state.selection.main;
  if (event.inputType !== "insertText" || !event.data || event.isComposing || empty || view.state.readOnly) {
    return false;
  }
  const insert = () =>
    view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handle) => handle(view, from, to, event.data, insert))) {
    view.dispatch(insert());
  }
  return true;
}

/** How the field is called, for who does not see it. */
function labelled(textarea) {
  const label = textarea.labels[0];
  if (!label) {
    return { "aria-label": textarea.ariaLabel || words("editor-label") };
  }
  label.id ||= `${textarea.id}-label`;
  return { "aria-labelledby": label.id };
}

/** Writes the rule as the formatter does, if nothing was typed meanwhile. */
async function formatted(view, url, status) {
  const before = view.state.doc;
  try {
    const { rules } = await ask(url, { rules: before.toString() });
    if (!view.state.doc.eq(before) || typeof rules !== "string") {
      return;
    }
    if (rules !== before.toString()) {
      const head = Math.min(view.state.selection.main.head, rules.length);
      view.dispatch({ changes: { from: 0, to: before.length, insert: rules }, selection: { anchor: head } });
    }
    status.textContent = words("editor-formatted");
  } catch {
    status.textContent = words("editor-format-failed");
  }
}

trials(document);
for (const textarea of document.querySelectorAll("textarea[data-ward-editor]")) {
  // Without this a browser cannot give the editor its styles under the page's policy; then the field is the editor.
  if ("adoptedStyleSheets" in document) {
    edit(textarea);
  }
}
