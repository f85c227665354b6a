// Pictures of the console for README and book: `cargo xtask demo --pictures` starts the farm and calls this.
//
// `node e2e/pictures.mjs FOLDER`, with WIKIWARD_URL, WIKIWARD_NAME and WIKIWARD_PASSWORD of a service that runs.

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import path from "node:path";
import { assertQuiet, newPage, signIn, startBrowser } from "./harness.mjs";

/** Largest picture, in bytes. */
const BYTES_MAX = 200_000;

const WIKI = "examplewiki";

const [, , folder] = process.argv;
const url = process.env.WIKIWARD_URL;
const person = { name: process.env.WIKIWARD_NAME, password: process.env.WIKIWARD_PASSWORD };
assert.ok(folder && url && person.name && person.password, "a folder, and WIKIWARD_URL, _NAME and _PASSWORD");

/** What is taken: the file's name, the window, and how the page comes about. */
const PICTURES = [
  { name: "console-start", show: async (page) => page.goto(`${url}/`) },
  { name: "console-filters", show: async (page) => page.goto(`${url}/w/${WIKI}/filters?sort=hits&dir=desc`) },
  { name: "console-editor", height: 940, show: editor },
  { name: "console-hit", height: 1100, show: hit },
  { name: "console-brake", height: 1000, show: brake },
  { name: "console-phone", width: 390, height: 844, scale: 2, colorScheme: "dark", show: async (page) => page.goto(`${url}/`) },
  { name: "console-arabic", locale: "ar", show: async (page) => page.goto(`${url}/w/${WIKI}/filters?sort=hits&dir=desc`) },
];

/** A filter whose rule is being narrowed: what it would no longer match is said beside it. */
async function editor(page) {
  await page.goto(`${url}/w/${WIKI}/filters/3`);
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\n& user_editcount < 5");
  await page.keyboard.press("Escape");
  await page.selectOption("#try_of", "own");
  await page.click('button[value="try"]');
  await page.locator("#try-results li").first().waitFor();
}

/** The filter that is a mistake on purpose, and what the brake says of it. */
async function brake(page) {
  await page.goto(`${url}/`);
  await page.locator('a[href$="/brake"]').first().click();
  await page.locator("main svg").first().waitFor();
}

/** The newest hit of a filter that refuses. */
async function hit(page) {
  await page.goto(`${url}/w/${WIKI}/hits?taken=disallow`);
  await page.click("tbody tr th a");
  await page.locator(".ww-dl").first().waitFor();
}

const browser = await startBrowser();
for (const { name, width = 1280, height = 860, scale = 1, colorScheme = "light", locale = "en", show } of PICTURES) {
  const page = await newPage(browser, { width, height, deviceScaleFactor: scale, colorScheme, locale });
  await signIn(page, { url }, person);
  await show(page);
  await page.evaluate(() => document.activeElement?.blur());
  const file = path.join(folder, `${name}.png`);
  await page.screenshot({ path: file, caret: "hide", animations: "disabled" });
  assertQuiet(page);
  const { size } = await stat(file);
  console.log(`${file}: ${size} bytes`);
  assert.ok(size <= BYTES_MAX, `${file} has ${size} bytes: at most ${BYTES_MAX} are wanted`);
  // What was typed is not saved, and no page may ask about that.
  await page.context().close();
}
await browser.close();
