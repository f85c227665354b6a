// The filter language as the editor knows it: colours, brackets, comments.

import { StreamLanguage, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { tagHighlighter, tags } from "@lezer/highlight";
import { next } from "./lexer.js";

const TABLE = {
  function: tags.function(tags.variableName),
  variable: tags.variableName,
  escape: tags.escape,
  bracket: tags.bracket,
  punctuation: tags.separator,
  operator: tags.operator,
  keyword: tags.keyword,
  string: tags.string,
  number: tags.number,
  comment: tags.comment,
  invalid: tags.invalid,
};

/** The language. Node names of its tree are the kinds of tokens. */
export const filterLanguage = StreamLanguage.define({
  name: "filter",
  startState: () => ({ inside: null }),
  copyState: ({ inside }) => ({ inside }),
  token(stream, state) {
    const token = next(stream.string, stream.pos, state.inside);
    stream.pos = token.to;
    state.inside = token.state;
    return token.kind === "space" ? null : token.kind;
  },
  indent: (state, textAfter, context) => {
    if (state.inside) {
      return null;
    }
    // Inside of brackets one step further than the line that opened them.
    const before = context.state.doc.sliceString(Math.max(0, context.pos - 5000), context.pos);
    let depth = 0;
    for (const char of before) {
      depth = "([".includes(char) ? depth + 1 : ")]".includes(char) ? Math.max(0, depth - 1) : depth;
    }
    return (depth - (/^[)\]]/.test(textAfter) ? 1 : 0)) * context.unit;
  },
  languageData: {
    commentTokens: { block: { open: "/*", close: "*/" } },
    closeBrackets: { brackets: ["(", "[", '"', "'"] },
    indentOnInput: /^\s*[)\]]$/,
    wordChars: "_",
  },
  tokenTable: TABLE,
});

/** The classes that the server gives to the same tokens. */
const classes = tagHighlighter(
  [
    ["keyword", tags.keyword],
    ["string", tags.string],
    ["escape", tags.escape],
    ["number", tags.number],
    ["comment", tags.comment],
    ["variable", tags.variableName],
    ["function", tags.function(tags.variableName)],
    ["operator", tags.operator],
    ["invalid", tags.invalid],
  ].map(([name, tag]) => ({ tag, class: `tok-${name}` })),
);

/** Language, colours and the width of a step. */
export const language = [filterLanguage, syntaxHighlighting(classes), indentUnit.of("    ")];
