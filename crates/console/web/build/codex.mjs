// What the console takes of Codex's styles: the components it uses, direction-aware, without data: addresses.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseCss, splitTop } from "./css.mjs";

/** The components whose CSS-only form pages are written in. */
const COMPONENTS = [
  "Icon",
  "CdxButton",
  "CdxLabel",
  "CdxField",
  "CdxTextInput",
  "CdxTextArea",
  "CdxSelect",
  "CdxCheckbox",
  "CdxRadio",
  "CdxTable",
  "CdxMessage",
  "CdxCard",
  "CdxInfoChip",
  "CdxAccordion",
];

/** Parts of them that only Codex's own scripts make. */
const UNUSED = [
  /--vue\b|-vue\b|-(enter|leave)-(active|from|to)/,
  /cdx-(table-pager|menu|toast|tooltip|image|thumbnail|scrollable-container)\b/,
  /cdx-table__(pagination|pending|footer|table-wrapper--has)/,
  /cdx-message--user-dismissable|cdx-message__(dismiss|action)/,
  /cdx-text-(input|area)__(clear|icon-vue)|cdx-text-input--clearable/,
  // Icons of their own for some languages; the rules stand above those of errors and warnings.
  /:lang\(/,
  // Captions are seen here.
  /cdx-table__table caption/,
  /cdx-button--is-active|cdx-button--icon-only\.cdx-button--size/,
];

/** Prefixed properties that esbuild writes anew where a browser needs them. */
const PREFIXED = /^-(webkit|moz)-(mask|appearance|hyphens)/;

/**
 * The rules of the components used, and the images they name.
 *
 * Images in `data:` addresses would need an exception in the Content-Security-Policy; each becomes a file, and its
 * place a reference like `url(mask-3)`. `images` maps the reference to the image's text.
 */
export async function codexRules(folder) {
  const images = new Map();
  const seen = new Map();
  const place = (kind, svg) => {
    if (!seen.has(svg)) {
      seen.set(svg, `${kind}-${seen.size + 1}`);
      images.set(seen.get(svg), svg);
    }
    return seen.get(svg);
  };
  const css = [];
  for (const component of COMPONENTS) {
    css.push(...adapt(parseCss(await readFile(await sheet(folder, component), "utf8")), place));
  }
  return { css, images };
}

async function sheet(folder, component) {
  return path.join(folder, component === "Icon" ? "Icon.css" : `${component}.css`);
}

function adapt(rules, place) {
  return rules.flatMap((rule) => {
    if (/^@supports\s+\(+-webkit-mask-image/.test(rule.prelude)) {
      return adapt(rule.rules, place);
    }
    if (/^@supports\s+not\b|^@supports.*-webkit-touch-callout/.test(rule.prelude)) {
      return [];
    }
    if (rule.rules && !rule.prelude.startsWith("@keyframes")) {
      const inner = adapt(rule.rules, place);
      return inner.length === 0 ? [] : [{ prelude: rule.prelude, rules: inner }];
    }
    if (rule.rules) {
      return [rule];
    }
    const selectors = splitTop(rule.prelude, ",").filter((selector) => !UNUSED.some((unused) => unused.test(selector)));
    const declarations = rule.declarations
      .filter(([property]) => !PREFIXED.test(property))
      .flatMap(([property, value]) => logical(rule.prelude, property, withFiles(withoutFallbacks(value), place)));
    return selectors.length === 0 || declarations.length === 0 ? [] : [{ prelude: selectors.join(","), declarations }];
  });
}

/** `var(--token, #fff)` as `var(--token)`: the tokens are always there. */
function withoutFallbacks(value) {
  return value.replace(/var\((--[a-z0-9-]+),[^()]*(?:\([^()]*\)[^()]*)*\)/g, "var($1)");
}

function withFiles(value, place) {
  return value.replace(/url\((['"]?)data:image\/svg\+xml;utf8,(.*?)\1\)/g, (whole, quote, svg) => {
    return `url(${place("image", decodeURIComponent(svg))})`;
  });
}

/** A declaration in terms of the direction of writing instead of left and right. */
function logical(selector, property, value) {
  // A tick is a box turned by 45 degrees: it is the same in both directions.
  if (selector.includes("checked") && /^border-(right|bottom)/.test(property)) {
    return [[property, value]];
  }
  if (property === "background-position" && /\bright\b/.test(value)) {
    return [[property, value.replace(/\bright\b/, "var(--ww-end)")]];
  }
  if (property === "text-align") {
    return [[property, value.replace("left", "start").replace("right", "end")]];
  }
  const corner = /^border-(top|bottom)-(left|right)-radius$/.exec(property);
  if (corner) {
    return [[`border-${AXIS[corner[1]]}-${AXIS[corner[2]]}-radius`, value]];
  }
  const sided = /^(padding|margin|border)-(left|right)(-[a-z]+)?$/.exec(property);
  if (sided) {
    return [[`${sided[1]}-inline-${AXIS[sided[2]]}${sided[3] ?? ""}`, value]];
  }
  if (property === "left" || property === "right") {
    return [[`inset-inline-${AXIS[property]}`, value]];
  }
  const four = /^(padding|margin)$/.test(property) ? splitTop(value, " ") : [];
  if (four.length === 4 && four[1] !== four[3]) {
    return [
      [`${property}-block`, `${four[0]} ${four[2]}`],
      [`${property}-inline`, `${four[3]} ${four[1]}`],
    ];
  }
  return [[property, value]];
}

const AXIS = { top: "start", bottom: "end", left: "start", right: "end" };
