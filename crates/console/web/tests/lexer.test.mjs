import test from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { next, tokens } from "../scripts/editor/lexer.js";

const kinds = (text) => tokens(text).map(({ from, to, kind }) => `${kind} ${text.slice(from, to)}`);

function check(text, ...expected) {
  assert.deepEqual(kinds(text), expected, text);
}

test("keywords are those in exactly their spelling", () => {
  check("if In irlike", "keyword if", "variable In", "keyword irlike");
});

test("a name before a parenthesis is a function's, with white space between too", () => {
  check("lcase (a)", "function lcase", "bracket (", "variable a", "bracket )");
  check("in (a)", "keyword in", "bracket (", "variable a", "bracket )");
});

test("numbers have the bases of the language, and words that only begin like them are names", () => {
  check("0x1F 0b101 0o17 1. .5 1.5", "number 0x1F", "number 0b101", "number 0o17", "number 1.", "number .5", "number 1.5");
  check("0X1F 0b2 0o8 1e5 1a 12_3", ...["0X1F", "0b2", "0o8", "1e5", "1a", "12_3"].map((name) => `variable ${name}`));
  check("0x1.8", "variable 0x1", "number .8");
});

test("escapes are those that stand for another character", () => {
  check(String.raw`"\\\x20\d\'\""`, 'string "', "escape \\\\", "escape \\x20", "string \\d\\'", 'escape \\"', 'string "');
});

test("a string goes on over lines, a comment too", () => {
  check('"a\nb" c', 'string "', "string a", "string b", 'string "', "variable c");
  check("/* a\nb */ c", "comment /* a", "comment b */", "variable c");
});

test("a comment may share the star of its beginning and end", () => {
  check("/*/ a", "comment /*/", "variable a");
});

test("operators are the longest that fit", () => {
  check("a!==b:=c**d", "variable a", "operator !==", "variable b", "operator :=", "variable c", "operator **", "variable d");
  check("a&&b", "variable a", "operator &", "operator &", "variable b");
});

test("what is no token is one wrong character, and the rest goes on", () => {
  check("a $ 😀 b", "variable a", "invalid $", "invalid 😀", "variable b");
});

test("every step of a line makes headway", () => {
  for (const line of ['\\', '"\\', "'\\x2", "/*", "*/", ".", "...", "\u00a0", "\ud83d"]) {
    for (const state of [null, "comment", '"', "'"]) {
      for (let at = 0; at < line.length; ) {
        const { to } = next(line, at, state);
        assert.ok(to > at && to <= line.length, JSON.stringify([line, at, state]));
        at = to;
      }
    }
  }
});

test("the recorded cases of the language have the errors here that they have there", async () => {
  const file = new URL("../../../rules/tests/conformance/filter-language.jsonl", import.meta.url);
  const cases = (await readFile(file, "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  let wrong = 0;
  for (const { id, rule, expect } of cases) {
    if (typeof rule !== "string") {
      continue;
    }
    const invalid = tokens(rule).find(({ kind }) => kind === "invalid");
    if (expect.error === "unrecognisedtoken") {
      assert.ok(invalid, `${id}: ${rule}`);
      const rest = expect.params[0].replace(/^(?:[ \t\n\v\f\r]*\/\*[^]*?\*\/|[ \t\n\v\f\r]+)*/, "");
      assert.equal(rule.slice(invalid.from), rest, `${id}: ${rule}`);
      wrong += 1;
    } else if (!["unclosedstring", "unclosedcomment"].includes(expect.error)) {
      assert.equal(invalid, undefined, `${id}: ${rule}`);
    }
  }
  assert.ok(cases.length > 6000 && wrong > 20, `${cases.length} cases, ${wrong} of them wrong`);
});
