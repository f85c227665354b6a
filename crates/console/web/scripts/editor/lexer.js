// The words of the filter language, for colours. The language has its own lexer on the server, which decides; this one
// agrees with it wherever a text is right, and goes on after what is wrong.

/** Keywords, in exactly this spelling. */
export const KEYWORDS = new Set(
  "in like true false null contains matches rlike irlike regex if then else end".split(" "),
);

const SPACE = /[ \t\n\v\f\r]+/y;
const OPERATOR = /!==|!=|!|\*\*|\*|\/|\+|-|%|&|\||\^|:=|\?|:|<=|<|>=|>|===|==|=/y;
const WORD = /[0-9A-Za-z_]+/y;
/** What may be a number, the longest first: not followed by a letter of a word. Digits are never split. */
const CANDIDATES = ["(0[xbo])", "()"].flatMap((prefix) =>
  ["[0-9A-Fa-f]+\\.[0-9]+", "[0-9A-Fa-f]+\\.", "[0-9A-Fa-f]+", "\\.[0-9]+"].map(
    (digits) => new RegExp(`${prefix}(${digits})(?![\\p{L}\\p{N}_])`, "uy"),
  ),
);
/** What the digits behind a prefix must be; a candidate that does not fit is a word. */
const FITS = { "0x": /^[0-9A-Fa-f]+$/, "0b": /^[01]+$/, "0o": /^[0-7]+$/, "": /^[0-9.]+$/ };
const CALL_AFTER = /[ \t\n\v\f\r]*\(/y;

/**
 * The next token of a line at `at`. `state` says what the line began inside of: `null`, `"comment"`, or the quote of a
 * string. Returns `{ to, kind, state }`; `kind` is one of space, comment, string, escape, number, keyword, function,
 * variable, operator, bracket, punctuation, invalid.
 */
export function next(line, at, state) {
  if (state === "comment") {
    const end = line.indexOf("*/", at);
    return end < 0 ? { to: line.length, kind: "comment", state } : { to: end + 2, kind: "comment", state: null };
  }
  if (state) {
    return inString(line, at, state);
  }
  const space = matchAt(SPACE, line, at);
  if (space) {
    return { to: at + space.length, kind: "space", state };
  }
  if (line.startsWith("/*", at)) {
    // "/*/" is a whole comment: its end may share the star of its beginning.
    const end = line.indexOf("*/", at + 1);
    return end < 0 ? { to: line.length, kind: "comment", state: "comment" } : { to: end + 2, kind: "comment", state };
  }
  const char = line[at];
  if (char === '"' || char === "'") {
    return { to: at + 1, kind: "string", state: char };
  }
  if ("()[]".includes(char)) {
    return { to: at + 1, kind: "bracket", state };
  }
  if (",;".includes(char)) {
    return { to: at + 1, kind: "punctuation", state };
  }
  const operator = matchAt(OPERATOR, line, at);
  if (operator) {
    return { to: at + operator.length, kind: "operator", state };
  }
  const digits = number(line, at);
  if (digits) {
    return { to: at + digits, kind: "number", state };
  }
  const word = matchAt(WORD, line, at);
  if (word) {
    const to = at + word.length;
    const isCall = !KEYWORDS.has(word) && matchAt(CALL_AFTER, line, to);
    return { to, kind: KEYWORDS.has(word) ? "keyword" : isCall ? "function" : "variable", state };
  }
  return { to: at + (line.codePointAt(at) > 0xffff ? 2 : 1), kind: "invalid", state };
}

/** All tokens of a text, without white space: `[{ from, to, kind }, …]`. */
export function tokens(text) {
  const found = [];
  let start = 0;
  let state = null;
  for (const line of text.split("\n")) {
    for (let at = 0; at < line.length; ) {
      const token = next(line, at, state);
      if (token.kind !== "space") {
        found.push({ from: start + at, to: start + token.to, kind: token.kind });
      }
      at = token.to;
      state = token.state;
    }
    start += line.length + 1;
  }
  return found;
}

/** What stands in a string from `at` on: an escape, the closing quote, or text up to one of these. */
function inString(line, at, quote) {
  if (line[at] === quote) {
    return { to: at + 1, kind: "string", state: null };
  }
  const escape = escapeLength(line, at, quote);
  if (escape > 0) {
    return { to: at + escape, kind: "escape", state: quote };
  }
  let to = at;
  while (to < line.length && line[to] !== quote && (to === at || escapeLength(line, to, quote) === 0)) {
    // A backslash that escapes nothing is two plain characters, never the start of an escape with its neighbour.
    to += line[to] === "\\" && to + 1 < line.length ? 2 : 1;
  }
  return { to, kind: "string", state: quote };
}

function escapeLength(line, at, quote) {
  if (line[at] !== "\\") {
    return 0;
  }
  const after = line[at + 1];
  if (after === "x") {
    return /^[0-9A-Fa-f]{2}$/.test(line.slice(at + 2, at + 4)) ? 4 : 0;
  }
  return after !== undefined && (after === "\\" || after === quote || "nrt".includes(after)) ? 2 : 0;
}

/** How many characters of a number stand at `at`; 0 where the word that stands there is no number. */
function number(line, at) {
  for (const pattern of CANDIDATES) {
    const found = matchAll(pattern, line, at);
    if (found) {
      return FITS[found[1] ?? ""].test(found[2]) ? found[0].length : 0;
    }
  }
  return 0;
}

function matchAll(pattern, line, at) {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function matchAt(pattern, line, at) {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0];
}
