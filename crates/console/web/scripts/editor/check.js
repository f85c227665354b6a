// Diagnostics while typing: marks in the text, and a list below it that leads to the places.

import { setDiagnostics } from "@codemirror/lint";
import { EditorView, ViewPlugin } from "@codemirror/view";
import { make, withCode } from "../console/texts.js";
import { newestOnly } from "./ask.js";
import { words } from "./texts.js";

/** How long nothing is typed before the text is checked, in milliseconds. */
const QUIET_MS = 150;

/** After how long it is said that an answer is waited for, and when is asked again after none came, in milliseconds. */
const SLOW_MS = 1000;
const AGAIN_MS = 10_000;

/** Most entries of the list; the marks in the text show all. */
const LISTED_MAX = 20;

/** The server's diagnostics as the editor takes them: inside of the text, at least one character wide where one is. */
export function placed(diagnostics, length) {
  return diagnostics.map(({ from, to, severity, message, help }) => {
    const start = Math.min(Math.max(0, from), length);
    let end = Math.min(Math.max(start, to), length);
    if (end === start && end < length) {
      end += 1;
    }
    const kind = ["error", "warning", "info"].includes(severity) ? severity : "error";
    return { from: start, to: end, severity: kind, message: help ? `${message}\n${help}` : message };
  });
}

/** Checks through `url`. `group` says the group's value; `status` and `list` are the elements to say it in. */
export function checks({ url, group, status, list }) {
  const ask = newestOnly();
  return ViewPlugin.fromClass(
    class {
      constructor(view) {
        this.view = view;
        this.later(0);
      }
      update({ docChanged }) {
        if (docChanged) {
          this.later(QUIET_MS);
        }
      }
      later(wait) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.run(), wait);
      }
      async run() {
        const { doc } = this.view.state;
        let answer;
        const slow = setTimeout(() => (status.textContent = words("editor-checking")), SLOW_MS);
        try {
          answer = await ask(url, { rules: doc.toString(), group: group() });
        } catch {
          if (!this.isGone) {
            status.textContent = words("editor-check-failed");
            this.later(AGAIN_MS);
          }
          return;
        } finally {
          clearTimeout(slow);
        }
        if (!answer || this.isGone || !this.view.state.doc.eq(doc)) {
          return;
        }
        const found = placed(answer.diagnostics ?? [], doc.length);
        this.view.dispatch(setDiagnostics(this.view.state, found.map(rendered)));
        show(this.view, found, status, list);
      }
      destroy() {
        this.isGone = true;
        clearTimeout(this.timer);
      }
    },
    {
      provide: (plugin) =>
        EditorView.updateListener.of(({ view, transactions }) => {
          if (transactions.some((one) => one.isUserEvent("ww.recheck"))) {
            view.plugin(plugin)?.later(0);
          }
        }),
    },
  );
}

/** The diagnostic with its words shown as the page shows them. */
function rendered(diagnostic) {
  const renderMessage = () => make("div", { dir: "auto" }, ...withCode(diagnostic.message));
  return { ...diagnostic, renderMessage };
}

function show(view, found, status, list) {
  const counts = ["error", "warning", "info"]
    .map((kind) => [kind, found.filter(({ severity }) => severity === kind).length])
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => words(`editor-${kind}s`, count));
  const said = counts.length === 0 ? words("editor-fine") : counts.join(" · ");
  if (status.textContent !== said) {
    status.textContent = said;
  }
  const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
  list.replaceChildren(
    ...found.slice(0, LISTED_MAX).map(({ from, to, severity, message }) => {
      const line = view.state.doc.lineAt(from);
      const place = make("button", {
        type: "button",
        textContent: words("editor-place", line.number, from - line.from + 1),
      });
      place.onclick = () => {
        const end = view.state.doc.length;
        view.dispatch({ selection: { anchor: Math.min(from, end), head: Math.min(to, end) }, scrollIntoView: true });
        view.focus();
      };
      const kind = make("span", { className: "ww-note-kind", textContent: words(`editor-${severity}`) });
      const what = make("span", { className: "ww-note-text" }, ...withCode(message.replace("\n", " ")));
      return make("li", { className: `ww-note-${severity}` }, place, kind, what);
    }),
  );
  list.querySelectorAll("button")[focused]?.focus();
}
