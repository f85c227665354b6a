// What the group's rules may say: completion while typing, and documentation under the pointer.

import { syntaxTree } from "@codemirror/language";
import { hoverTooltip } from "@codemirror/view";
import { make, withCode } from "../console/texts.js";
import { ask } from "./ask.js";

/** Kinds of tokens in which nothing is completed and nothing explained. */
const SILENT = ["string", "escape", "comment", "number"];

/** Kinds of tokens that are signs instead of words. */
const OF_SIGNS = ["operator", "punctuation"];

/** The words of one group, as completions and by name. Names of variables are found in any case, functions in theirs. */
export function vocabulary({ variables = [], functions = [], keywords = [], operators = [] }) {
  const byName = new Map();
  const options = [];
  for (const { name, type, doc } of variables) {
    options.push({ label: name, type: "variable", detail: type, info: said(doc), boost: 1 });
    byName.set(name.toLowerCase(), { title: type ? `${name}: ${type}` : name, doc });
  }
  for (const { name, signature, doc } of functions) {
    options.push({ label: name, type: "function", detail: signature?.slice(name.length), info: said(doc), apply: call });
    byName.set(`${name}(`, { title: signature ?? name, doc });
  }
  for (const keyword of keywords) {
    const { name, usage, doc } = typeof keyword === "string" ? { name: keyword } : keyword;
    options.push({ label: name, type: "keyword", info: said(doc), boost: -1 });
    if (doc) {
      byName.set(name, { title: usage ?? name, doc });
    }
  }
  for (const { name, usage, doc } of operators) {
    byName.set(name, { title: usage ?? name, doc });
  }
  return { options, byName };
}

/** Documentation beside a completion: an element for the editor to show, or nothing. */
function said(doc) {
  return doc && (() => make("div", { dir: "auto" }, ...withCode(doc)));
}

/** What is known of a word; `isCall` says whether a parenthesis follows it. */
export function meaning({ byName }, word, isCall) {
  return (isCall && byName.get(`${word}(`)) || byName.get(word.toLowerCase()) || byName.get(`${word}(`) || null;
}

/** Writes a function's name and its parentheses, unless these are there already. */
function call(view, completion, from, to) {
  const hasParenthesis = /^\s*\(/.test(view.state.sliceDoc(to, to + 20));
  const insert = hasParenthesis ? completion.label : `${completion.label}()`;
  const anchor = from + completion.label.length + (hasParenthesis ? 0 : 1);
  view.dispatch({ changes: { from, to, insert }, selection: { anchor }, userEvent: "input.complete" });
}

/** The words of the group that is chosen, fetched when first wanted and kept. */
export function wordsOf(url, group) {
  const kept = new Map();
  return () => {
    const name = group();
    if (!kept.has(name)) {
      const query = `${url}${url.includes("?") ? "&" : "?"}group=${encodeURIComponent(name)}`;
      kept.set(
        name,
        ask(query).then(vocabulary, () => {
          kept.delete(name);
          return vocabulary({});
        }),
      );
    }
    return kept.get(name);
  };
}

/** A source of completions. */
export function completions(fetchWords) {
  return async (context) => {
    const word = context.matchBefore(/[A-Za-z_][0-9A-Za-z_]*/);
    if ((!word && !context.explicit) || SILENT.includes(syntaxTree(context.state).resolveInner(context.pos, -1).name)) {
      return null;
    }
    const { options } = await fetchWords();
    return { from: word?.from ?? context.pos, options, validFor: /^[0-9A-Za-z_]*$/ };
  };
}

/** Documentation of the word under the pointer. */
export function hovers(fetchWords) {
  return hoverTooltip(async (view, at) => {
    const token = syntaxTree(view.state).resolveInner(at, 1);
    if (SILENT.includes(token.name)) {
      return null;
    }
    const range = OF_SIGNS.includes(token.name) ? token : view.state.wordAt(at);
    if (!range) {
      return null;
    }
    const after = view.state.sliceDoc(range.to, range.to + 20);
    const isCall = range !== token && /^\s*\(/.test(after);
    const found = meaning(await fetchWords(), view.state.sliceDoc(range.from, range.to), isCall);
    return found && { pos: range.from, end: range.to, above: true, create: () => ({ dom: documentation(found) }) };
  });
}

function documentation({ title, doc }) {
  const head = make("code", { className: "ww-code", textContent: title });
  return make("div", { className: "ww-editor-doc" }, head, make("p", { dir: "auto" }, ...withCode(doc)));
}

