// Every page in every state: never wider than its window, on a phone and on a screen, from right to left and with texts
// half as long again, with a keyboard that goes as the eye does, and charts whose words can be read; accessible in every
// look. The files are written by `cargo run -p wikiward-console --example gallery`.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { POLICY } from "../crates/console/web/samples/server.mjs";
import { assertQuiet, AXE, axe, newPage, outOfOrder, pageIn, setTheme, startBrowser, THEMES, tooWide, unreadableCharts } from "./harness.mjs";
import { looksDifferent } from "./looks.mjs";

const gallery = process.env.WIKIWARD_GALLERY ?? fileURLToPath(new URL("../target/gallery", import.meta.url));
const dist = fileURLToPath(new URL("../crates/console/web/dist", import.meta.url));
const TYPES = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html" };

/** Where axe lies, for pages; and what lets browsers keep a file. */
const AXE_PATH = "/axe.js";
const KEPT = { "cache-control": "max-age=3600" };

/** When the pages are looked at: after all times in the samples. */
const NOW = new Date("2026-12-01T12:00:00Z");

/** Pages that are looked at at once. */
const WORKERS = 2;

/** Widths of windows. */
const [PHONE, SCREEN] = [360, 1280];

/**
 * How the files of a kind are looked at, one after the other on a page that is loaded once: the window's width, the look, and
 * what axe looks at: all of it, colours alone, or nothing. Where `all` stands beside `most`, axe looks at all of the first
 * state with something in it of each page, and at what `most` says of the others. `isPictured`: that state of each page looks
 * as in its picture.
 */
const VIEWS = {
  plain: [
    { width: PHONE, look: THEMES.light, all: "all", isPictured: true },
    { width: PHONE, look: THEMES.contrast, all: "colours", most: "nothing" },
    { width: PHONE, look: THEMES["contrast-dark"], all: "colours", most: "nothing" },
    { width: SCREEN, look: THEMES.dark, all: "all", most: "colours", isPictured: true },
  ],
  rtl: [
    { width: PHONE, look: THEMES.light, all: "all", most: "nothing" },
    { width: SCREEN, look: THEMES.light, all: "nothing" },
  ],
  long: [
    { width: PHONE, look: THEMES.light, all: "nothing" },
    { width: SCREEN, look: THEMES.light, all: "nothing" },
  ],
};

let browser;
let server;
let url;
let index;

before(async () => {
  index = JSON.parse(await readFile(path.join(gallery, "index.json"), "utf8"));
  server = createServer(async (request, response) => {
    if (request.url === AXE_PATH) {
      // As a file that is kept, it is compiled once for all pages.
      response.writeHead(200, { "content-type": TYPES[".js"], ...KEPT });
      response.end(AXE);
      return;
    }
    const name = path.basename(new URL(request.url, "http://localhost").pathname);
    const folder = request.url.startsWith("/assets/") ? dist : gallery;
    const body = await readFile(path.join(folder, name)).catch(() => null);
    const type = `${TYPES[path.extname(name)] ?? "text/plain"}; charset=utf-8`;
    const kept = folder === dist ? KEPT : {};
    response.writeHead(body ? 200 : 404, { "content-type": type, "content-security-policy": POLICY, ...kept });
    response.end(body ?? "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  server?.close();
});

for (const [kind, views] of Object.entries(VIEWS)) {
  test(`every page in every state, ${kind}`, async (context) => {
    const samples = index.filter((sample) => sample.kind === kind);
    assert.ok(samples.length > 0);
    const shown = new Map();
    const pictured = new Map();
    for (const { page, state, file } of samples) {
      if (!shown.has(page) && !/empty|error|no right/.test(state)) {
        shown.set(page, file);
        pictured.set(page, file);
      } else if (!pictured.has(page)) {
        pictured.set(page, file);
      }
    }
    const waiting = [...samples];
    const found = [];
    const window = await newPage(browser, { height: 800 });
    const pages = [window];
    while (pages.length < WORKERS) {
      pages.push(await pageIn(window.context()));
    }
    const begun = performance.now();
    const work = async (page) => {
      // What the samples say was some hours before; "2 months ago" would be another picture some time.
      await page.clock.setFixedTime(NOW);
      // The editor and live parts ask a server that is not there.
      page.expected.push(/404/);
      for (let sample = waiting.shift(); sample; sample = waiting.shift()) {
        const isShown = shown.get(sample.page) === sample.file || !shown.has(sample.page);
        found.push(...(await problemsOf(page, sample, views, isShown, pictured.get(sample.page) === sample.file)));
      }
      assertQuiet(page);
    };
    await Promise.all(pages.map(work));
    context.diagnostic(`${samples.length} states in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    assert.deepEqual(found, []);
    await window.context().close();
  });
}

/**
 * Shows a file. The state that stands for its page is loaded, and so is what has the editor; of the others only what is in
 * them is put in place: loading them, and axe with them, takes most of the time.
 */
async function show(page, file, isShown) {
  const text = await readFile(path.join(gallery, file), "utf8");
  if (isShown || text.includes("data-ward-editor") || !page.url().startsWith(url)) {
    await page.goto(`${url}/g/${file}`);
    await page.addScriptTag({ url: AXE_PATH });
    return;
  }
  await page.evaluate((text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const { name, value } of fresh.documentElement.attributes) {
      document.documentElement.setAttribute(name, value);
    }
    document.title = fresh.title;
    document.body.replaceWith(document.adoptNode(fresh.body));
    scrollTo(0, 0);
  }, text);
}

/** What is wrong with a page's state in each of the views; `stands`: it is the one that there are pictures of. */
async function problemsOf(page, { page: name, state, file }, views, isShown, stands) {
  const found = [];
  await show(page, file, isShown);
  for (const { width, look, all, most = all, isPictured } of views) {
    await page.setViewportSize({ width, height: 800 });
    const seen = isShown ? all : most;
    if (seen !== "nothing" || look === THEMES.light) {
      await setTheme(page, look);
    }
    const what = `${name} (${state}), ${look.theme}, ${width} wide`;
    found.push(...(await tooWide(page)).map((wide) => `${what}: wider than the window: ${wide}`));
    found.push(...(await unreadableCharts(page)).map((trouble) => `${what}: ${trouble}`));
    if (look === THEMES.light || isPictured) {
      found.push(...(await outOfOrder(page)).map((jump) => `${what}: ${jump}`));
    }
    if (seen !== "nothing") {
      found.push(...(await axe(page, { colours: seen === "colours" })).map((problem) => `${what}: ${problem}`));
    }
    if (isPictured && stands) {
      const picture = `pages/${name.replaceAll(/[^a-z0-9]+/g, "-")}-${look.theme}-${width}`;
      found.push(...[await looksDifferent(page, picture, { isSmall: true })].filter(Boolean));
    }
  }
  return found;
}
