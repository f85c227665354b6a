// Every page in every state: accessible in light, in dark and from right to left, and never wider than its window, with
// texts half as long again too. The files are written by `cargo run -p wikiward-console --example gallery`.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { POLICY } from "../crates/console/web/samples/server.mjs";
import { assertQuiet, newPage, problems, setTheme, startBrowser, THEMES, tooWide } from "./harness.mjs";

const gallery = process.env.WIKIWARD_GALLERY ?? fileURLToPath(new URL("../target/gallery", import.meta.url));
const dist = fileURLToPath(new URL("../crates/console/web/dist", import.meta.url));
const TYPES = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html" };

/** How each file of a sample is looked at: the window's width, the look, and whether axe looks too. */
const VIEWS = {
  plain: [
    { width: 360, look: THEMES.light, isChecked: true },
    { width: 1280, look: THEMES.dark, isChecked: true },
  ],
  rtl: [{ width: 360, look: THEMES.light, isChecked: true }],
  long: [
    { width: 360, look: THEMES.light, isChecked: false },
    { width: 1280, look: THEMES.light, isChecked: false },
  ],
};

let browser;
let server;
let url;
let index;

before(async () => {
  index = JSON.parse(await readFile(path.join(gallery, "index.json"), "utf8"));
  server = createServer(async (request, response) => {
    const name = path.basename(new URL(request.url, "http://localhost").pathname);
    const folder = request.url.startsWith("/assets/") ? dist : gallery;
    const body = await readFile(path.join(folder, name)).catch(() => null);
    const type = `${TYPES[path.extname(name)] ?? "text/plain"}; charset=utf-8`;
    response.writeHead(body ? 200 : 404, { "content-type": type, "content-security-policy": POLICY });
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
  for (const { width, look, isChecked } of views) {
    test(`every page in every state, ${kind}, ${look.theme}, ${width} wide`, async () => {
      const found = [];
      const page = await newPage(browser, { width });
      // The editor and live parts ask a server that is not there.
      page.expected.push(/404/);
      const samples = index.filter((sample) => sample.kind === kind);
      assert.ok(samples.length > 0);
      for (const { page: name, state, file } of samples) {
        const what = `${name} (${state})`;
        await page.goto(`${url}/g/${file}`);
        await setTheme(page, look);
        found.push(...(isChecked ? await problems(page, what) : (await tooWide(page)).map((wide) => `${what}: too wide: ${wide}`)));
      }
      assert.deepEqual(found, []);
      assertQuiet(page);
      await page.context().close();
    });
  }
}
