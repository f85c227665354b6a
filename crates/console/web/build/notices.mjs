// Whose work the output contains, and under which terms: the text of notices.txt.

import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

/** Packages of which styles are taken; the bundler knows of scripts only. */
const STYLED = ["node_modules/@wikimedia/codex/", "node_modules/@wikimedia/codex-design-tokens/"];

/** The notices of every package of which a file went into the output. `inputs` are paths as esbuild's metafile has them. */
export async function notices(root, inputs) {
  const packages = new Set();
  for (const input of [...STYLED, ...inputs]) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) {
      packages.add(found[1]);
    }
  }
  const parts = await Promise.all([...packages].sort().map((name) => notice(root, name)));
  return [
    "Wikiward's console is free software under the GNU General Public License, version 2 or any later version.",
    "Its pages are sent with parts of the packages below. Their notices follow.",
    "",
    ...parts,
  ].join("\n");
}

async function notice(root, name) {
  const folder = path.join(root, "node_modules", name);
  const { version, license, homepage, author } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  if (files.length === 0) {
    throw new Error(`${name} ${version} carries no licence file: its notice must be written down in build/notices.mjs`);
  }
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
  const by = typeof author === "string" ? author : author?.name;
  const head = [`${name} ${version}`, license && `Licence: ${license}`, by && `By: ${by}`, homepage].filter(Boolean);
  return ["=".repeat(80), ...head, "=".repeat(80), ...texts.map((text) => text.trim()), ""].join("\n");
}
