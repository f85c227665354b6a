// The design tokens of the themes: light, dark, and both with high contrast, each only as far as a style sheet uses it.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseCss } from "./css.mjs";

const styles = path.join(path.dirname(fileURLToPath(import.meta.url)), "../styles");

/** Custom properties for each theme, for the style sheets given as text. */
export async function themes(folder, sheets) {
  const read = async (file) => tokensOf(await readFile(file, "utf8"));
  const light = {
    ...(await read(path.join(folder, "theme-wikimedia-ui-root.css"))),
    ...(await read(path.join(styles, "theme-light.css"))),
  };
  const dark = {
    ...(await read(path.join(folder, "theme-wikimedia-ui-mode-dark.css"))),
    ...(await read(path.join(styles, "theme-dark.css"))),
  };
  const small = await read(path.join(folder, "theme-wikimedia-ui-mode-small.css"));
  const contrast = await read(path.join(styles, "theme-contrast.css"));
  const contrastDark = await read(path.join(styles, "theme-contrast-dark.css"));
  const used = reachable([light, dark, contrast, contrastDark], sheets);
  const block = (selector, tokens) => {
    const declarations = Object.entries(tokens).filter(([name]) => used.has(name));
    return `${selector}{${declarations.map(([name, value]) => `${name}:${value}`).join(";")}}`;
  };
  const prefers = (query, inner) => `@media (${query}){${inner}}`;
  return [
    block(":root", { "color-scheme": "light", ...light }),
    prefers("min-width:640px", block(":root", small)),
    block(":root.theme-dark", dark),
    prefers("prefers-color-scheme:dark", block(":root.theme-auto,:root:not([class*=theme-])", dark)),
    block(":root.theme-contrast", contrast),
    prefers("prefers-contrast:more", block(":root.theme-auto", contrast)),
    prefers(
      "prefers-color-scheme:dark",
      block(":root.theme-contrast", { ...onlyIn(dark, contrast), ...contrastDark }),
    ),
    "@media (prefers-color-scheme:dark) and (prefers-contrast:more){" +
      block(":root.theme-auto", { ...onlyIn(dark, contrast), ...contrastDark }) +
      "}",
    ":root{color-scheme:light}:root.theme-dark{color-scheme:dark}",
    "@media (prefers-color-scheme:dark){:root.theme-auto,:root.theme-contrast,:root:not([class*=theme-]){color-scheme:dark}}",
  ].join("\n");
}

function tokensOf(text) {
  return Object.fromEntries(
    parseCss(text)
      .flatMap((rule) => rule.declarations)
      .filter(([name]) => name.startsWith("--")),
  );
}

/** What dark says; a contrast theme that says nothing of a token takes it over. */
function onlyIn(dark) {
  return dark;
}

function reachable(sets, sheets) {
  const used = new Set();
  const visit = (text) => {
    for (const [, name] of text.matchAll(/var\(\s*(--[a-z0-9-]+)/g)) {
      if (!used.has(name)) {
        used.add(name);
        sets.forEach((set) => visit(set[name] ?? ""));
      }
    }
  };
  sheets.forEach(visit);
  return used;
}
