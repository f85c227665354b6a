import test from "node:test";
import assert from "node:assert/strict";
import { parseCss, printCss, splitTop } from "../build/css.mjs";

test("rules come back as they were read", () => {
  const css = `.a,.b:not(.c){color:red;margin:0 1px}\n@media (min-width:640px){.d{background:url('x;y}.svg')}}`;
  assert.equal(printCss(parseCss(css)), css);
});

test("comments vanish, but not what looks like one in a string", () => {
  assert.equal(printCss(parseCss(`/* } */.a{content:"/* no */"}`)), `.a{content:"/* no */"}`);
});

test("a separator inside of brackets or strings separates nothing", () => {
  assert.deepEqual(splitTop(`:is(a,b),c[d=","]`, ","), [":is(a,b)", `c[d=","]`]);
});

test("a brace too many is said", () => {
  assert.throws(() => parseCss(".a{color:red}}.b{}"), /closing brace/);
});
