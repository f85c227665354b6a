// Makes dist/ out of the sources here and the pinned packages: what the console sends to browsers.
//
// Every file is named after its content, so that it can be cached for ever, and has a .br and a .gz beside it.
// manifest.json says which file stands for which logical name ("console.css": "console-1A2B3C4D.css").

import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import esbuild from "esbuild";
import { codexRules } from "./build/codex.mjs";
import { printCss } from "./build/css.mjs";
import { notices } from "./build/notices.mjs";
import { themes } from "./build/themes.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));

/** Browsers that the output is written for: what Codex supports with script, and what has `:has` or does without. */
const TARGET = ["chrome109", "firefox115", "safari15.4"];

/** Largest compressed sizes (gzip, bytes): the first view of a page must stay below 60 KB, with the editor 350 KB. */
const BUDGETS = { "console.css": 20_000, "console.js": 4_096, "editor.js": 250_000, "editor.css": 4_096 };

/**
 * Lets the editor's styles be adopted by the document. The package does so in shadow roots only, and writes a <style>
 * element elsewhere, which the console's policy forbids.
 */
const ADOPTED_STYLES = {
  name: "adopted styles",
  setup(build) {
    build.onLoad({ filter: /style-mod\/src\/style-mod\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const condition = "!root.head && root.adoptedStyleSheets";
      if (!text.includes(condition)) {
        throw new Error(`${file} no longer has «${condition}»: look at how it adds styles to documents`);
      }
      return { contents: text.replace(condition, "root.adoptedStyleSheets"), loader: "js" };
    });
  },
};

/** The style sheets of every page, in order. */
const SHEETS = ["header", "navigation", "page", "footer", "words", "parts", "forms", "tables", "charts", "rules", "diff", "modes", "print"];

async function main() {
  const out = path.join(root, "dist");
  const work = path.join(root, "dist.new");
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const manifest = {};
  const sizes = [];
  const emit = async (logical, content) => {
    const bytes = Buffer.from(content);
    const extension = path.extname(logical);
    const name = `${logical.slice(0, -extension.length).replaceAll("/", "-")}-${hash(bytes)}${extension}`;
    const packed = { br: brotli(bytes), gz: zlib.gzipSync(bytes, { level: 9 }) };
    await writeFile(path.join(work, name), bytes);
    await writeFile(path.join(work, `${name}.br`), packed.br);
    await writeFile(path.join(work, `${name}.gz`), packed.gz);
    manifest[logical] = name;
    sizes.push({ logical, bytes: bytes.length, br: packed.br.length, gz: packed.gz.length });
    return name;
  };

  for (const file of (await readdir(path.join(root, "icons"))).sort()) {
    await emit(file, await readFile(path.join(root, "icons", file)));
  }
  const { css: codex, images } = await codexRules(path.join(root, "node_modules/@wikimedia/codex/dist/modules"));
  const names = new Map();
  for (const [reference, svg] of images) {
    names.set(reference, await emit(`${reference}.svg`, svg));
  }
  const placed = printCss(codex).replace(/url\(([a-z]+-[0-9]+)\)/g, (whole, reference) => `url(${names.get(reference)})`);
  const base = await readFile(path.join(root, "styles/base.css"), "utf8");
  const ours = await Promise.all(SHEETS.map((name) => readFile(path.join(root, "styles", `${name}.css`), "utf8")));
  const editorCss = await readFile(path.join(root, "styles/editor.css"), "utf8");
  const withIcons = (css) => css.replace(/url\(([a-z-]+\.svg)\)/g, (whole, icon) => `url(${manifest[icon]})`);
  const tokens = await themes(path.join(root, "node_modules/@wikimedia/codex-design-tokens/dist"), [
    placed,
    base,
    ...ours,
    editorCss,
  ]);
  const css = ["@layer base,codex;", tokens, `@layer base{${base}}`, `@layer codex{${placed}}`, ...ours];
  await emit("console.css", await minify(withIcons(css.join("\n"))));
  await emit("editor.css", await minify(editorCss));

  const scripts = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["scripts/console.js", "scripts/editor.js"],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    target: TARGET,
    outdir: "out",
    plugins: [ADOPTED_STYLES],
    legalComments: "none",
    charset: "utf8",
  });
  for (const file of scripts.outputFiles) {
    await emit(path.basename(file.path), file.contents);
  }
  await emit("notices.txt", await notices(root, Object.keys(scripts.metafile.inputs)));
  await writeFile(path.join(work, "manifest.json"), `${JSON.stringify(sorted(manifest), null, 2)}\n`);

  if (await same(path.join(work, "manifest.json"), path.join(out, "manifest.json"))) {
    // Nothing changed: files that keep their times do not make the program that embeds them be compiled anew.
    await rm(work, { recursive: true });
  } else {
    await rm(out, { recursive: true, force: true });
    await rename(work, out);
  }
  report(sizes);
}

/** The first 8 letters of the content's SHA-256, in base 32: file systems that fold case keep them apart. */
function hash(bytes) {
  const digest = createHash("sha256").update(bytes).digest();
  return Array.from(digest.subarray(0, 8), (byte) => "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[byte & 31]).join("");
}

async function same(a, b) {
  const [left, right] = await Promise.all([a, b].map((file) => readFile(file, "utf8").catch(() => null)));
  return left === right;
}

function brotli(bytes) {
  const params = {
    [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
    [zlib.constants.BROTLI_PARAM_LGWIN]: 22,
    [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return zlib.brotliCompressSync(bytes, { params });
}

async function minify(css) {
  const { code, warnings } = await esbuild.transform(css, { loader: "css", minify: true, target: TARGET, charset: "utf8" });
  for (const warning of warnings) {
    throw new Error(`style sheet: ${warning.text}: ${warning.location?.lineText?.slice(0, 200)}`);
  }
  return code;
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function report(sizes) {
  const named = sizes.filter(({ logical }) => !/^(fill|mask|image)-/.test(logical));
  for (const { logical, bytes, br, gz } of named) {
    console.log(`${logical.padEnd(14)} ${String(bytes).padStart(8)} bytes, gzip ${gz}, brotli ${br}`);
    if (gz > (BUDGETS[logical] ?? Infinity)) {
      throw new Error(`${logical} has ${gz} bytes compressed, and may have ${BUDGETS[logical]}`);
    }
  }
}

await main();
