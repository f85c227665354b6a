import test from "node:test";
import assert from "node:assert/strict";
import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { placed } from "../scripts/editor/check.js";
import { draftKey, readDraft } from "../scripts/editor/draft.js";
import { filterLanguage } from "../scripts/editor/language.js";
import { meaning, vocabulary } from "../scripts/editor/words.js";

test("diagnostics stay inside of the text and are wide enough to be seen", () => {
  const at = (from, to, length) => {
    const [found] = placed([{ from, to, severity: "error", message: "m" }], length);
    return [found.from, found.to];
  };
  assert.deepEqual(at(2, 5, 10), [2, 5]);
  assert.deepEqual(at(2, 2, 10), [2, 3]);
  assert.deepEqual(at(10, 10, 10), [10, 10]);
  assert.deepEqual(at(50, 60, 10), [10, 10]);
  assert.deepEqual(at(-3, -1, 10), [0, 1]);
});

test("help stands below the message, and a kind that is not known is an error", () => {
  const [found] = placed([{ from: 0, to: 1, severity: "catastrophe", message: "m", help: "h" }], 3);
  assert.deepEqual([found.severity, found.message], ["error", "m\nh"]);
});

test("words are found as rules spell them: variables in any case, functions in theirs", () => {
  const known = vocabulary({
    variables: [{ name: "user_name", type: "string", doc: "v" }],
    functions: [{ name: "lcase", signature: "lcase(text)", doc: "f" }],
    keywords: ["in", { name: "like", doc: "k" }],
  });
  assert.equal(meaning(known, "USER_NAME", false).doc, "v");
  assert.equal(meaning(known, "lcase", true).title, "lcase(text)");
  assert.equal(meaning(known, "LCASE", true), null);
  assert.equal(meaning(known, "like", false).doc, "k");
  assert.deepEqual(known.options.map(({ label }) => label), ["user_name", "lcase", "in", "like"]);
});

test("names of properties of all objects are no words", () => {
  assert.equal(meaning(vocabulary({}), "constructor", true), null);
});

test("a draft is offered if it is one and says something else than the field", () => {
  assert.equal(readDraft(null, "a"), null);
  assert.equal(readDraft("{", "a"), null);
  assert.equal(readDraft('{"text":1}', "a"), null);
  assert.equal(readDraft('{"text":"a"}', "a"), null);
  assert.equal(readDraft('{"text":"b","at":5}', "a").text, "b");
  assert.notEqual(draftKey("/w/a/filters/1", "rules"), draftKey("/w/a/filters/2", "rules"));
});

test("the tree names its nodes after the tokens, so that nothing is completed in strings", () => {
  const state = EditorState.create({ doc: 'lcase("a\nb") /* c */', extensions: [filterLanguage] });
  const tree = ensureSyntaxTree(state, state.doc.length);
  const name = (at) => tree.resolveInner(at, 1).name;
  assert.deepEqual([name(0), name(7), name(9), name(15)], ["function", "string", "string", "comment"]);
});
