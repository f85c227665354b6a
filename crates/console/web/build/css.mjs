// A reader and printer of style sheets, as much of CSS as the packages' own minified files use.

/**
 * Reads a style sheet into rules: `{ prelude, rules }` for a block of rules (`@media`, `@supports`), otherwise
 * `{ prelude, declarations: [[property, value], ...] }`.
 */
export function parseCss(text) {
  const [rules, end] = parseRules(withoutComments(text), 0);
  if (end < text.length && withoutComments(text).slice(end).trim() !== "") {
    throw new Error(`a style sheet has a closing brace too many at ${end}`);
  }
  return rules;
}

/** Writes rules as parsed by `parseCss`. */
export function printCss(rules) {
  return rules.map(printRule).join("\n");
}

/** Splits at a separator that stands outside of strings, brackets and parentheses. */
export function splitTop(text, separator) {
  const parts = [];
  let from = 0;
  scan(text, 0, (at, depth) => {
    if (depth === 0 && text[at] === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    return false;
  });
  parts.push(text.slice(from));
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

const BLOCKS = /^@(media|supports|layer|keyframes|-webkit-keyframes)\b/;

function parseRules(text, start) {
  const rules = [];
  let at = start;
  for (;;) {
    const open = scan(text, at, (i, depth) => depth === 0 && (text[i] === "{" || text[i] === "}"));
    if (open >= text.length || text[open] === "}") {
      return [rules, open];
    }
    const prelude = text.slice(at, open).trim();
    if (BLOCKS.test(prelude)) {
      const [inner, end] = parseRules(text, open + 1);
      rules.push({ prelude, rules: inner });
      at = end + 1;
    } else {
      const end = scan(text, open + 1, (i, depth) => depth === 0 && text[i] === "}");
      rules.push({ prelude, declarations: splitTop(text.slice(open + 1, end), ";").map(declaration) });
      at = end + 1;
    }
  }
}

function declaration(text) {
  const colon = text.indexOf(":");
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

/** The first place from `from` on where `stop(place, depth of parentheses)` holds outside of a string, or the end. */
function scan(text, from, stop) {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"' || char === "'") {
      at += 1;
      while (at < text.length && text[at] !== char) {
        at += text[at] === "\\" ? 2 : 1;
      }
    } else if (char === "(" || char === "[") {
      depth += 1;
    } else if (char === ")" || char === "]") {
      depth -= 1;
    } else if (stop(at, depth)) {
      return at;
    }
  }
  return text.length;
}

function withoutComments(text) {
  return text.replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\/\*[^]*?\*\//g, (whole, string) => string ?? "");
}

function printRule({ prelude, rules, declarations }) {
  const inner = rules ? printCss(rules) : declarations.map(([property, value]) => `${property}:${value}`).join(";");
  return `${prelude}{${inner}}`;
}
