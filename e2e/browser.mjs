// Chromium for the tests: starts it, watches what pages complain of, and looks at them with axe.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";

const require = createRequire(new URL("../crates/console/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
/** axe, as a script. */
export const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Looks that pages have: the theme's class, and what the device prefers. */
export const THEMES = {
  light: { theme: "light", colorScheme: "light" },
  dark: { theme: "dark", colorScheme: "light" },
  "auto-dark": { theme: "auto", colorScheme: "dark" },
  contrast: { theme: "contrast", colorScheme: "light" },
  "contrast-dark": { theme: "contrast", colorScheme: "dark" },
};

/** Rules of axe that pages must keep: those of WCAG 2.2 A and AA, and good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Those of them that look at colours. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** How long anything may take, in milliseconds. Long: a busy machine is no failure. */
const PATIENCE_MS = Number(process.env.WIKIWARD_PATIENCE_MS ?? 60_000);

/** Widths that pages are looked at in: a small phone, a screen. */
export const WIDTHS = [360, 1280];

/** Starts Chromium: $CHROMIUM, or Debian's. */
export async function startBrowser() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/**
 * A page in a context of its own. Options are Playwright's for contexts; `script: false` turns scripts off.
 *
 * `page.complaints` collects what should never be: errors and warnings of the console (the policy's among them), exceptions,
 * requests that failed or were answered 5xx, requests to elsewhere. End a test with `assertQuiet(page)`.
 */
export async function newPage(browser, { script = true, width = 1280, height = 800, ...options } = {}) {
  const context = await browser.newContext({ javaScriptEnabled: script, viewport: { width, height }, ...options });
  return pageIn(context);
}

/** One more page of a context; see `newPage`. */
export async function pageIn(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.complaints = [];
  page.expected = [];
  const complain = (what) => page.complaints.push(what);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      complain(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => complain(`exception: ${error.stack}`));
  page.on("requestfailed", (request) => {
    // What a navigation or a newer question overtook was not wanted any more.
    if (!/ERR_ABORTED/.test(request.failure()?.errorText ?? "")) {
      complain(`request: ${request.url()}: ${request.failure()?.errorText}`);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 500) {
      complain(`answer: ${response.url()}: ${response.status()}`);
    }
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1" && hostname !== "localhost") {
      complain(`request to elsewhere: ${request.url()}`);
    }
  });
  return page;
}

/** Allows complaints that match, such as the 403 that a test asks for: Chromium writes those to its console. */
export function expectComplaint(page, pattern) {
  page.expected.push(pattern);
}

/** Nothing went wrong on the page that was not expected. */
export function assertQuiet(page) {
  const rest = page.complaints.filter((complaint) => !page.expected.some((pattern) => pattern.test(complaint)));
  assert.deepEqual(rest, []);
}

/**
 * What axe finds on the page as it is now: empty where all is well. Works under the page's policy. `colours: true` looks at
 * colours alone, which are all in that looks differ.
 */
export async function axe(page, { exclude = [], colours = false } = {}) {
  const isScripted = await page.evaluate(() => true).catch(() => false);
  assert.ok(isScripted, "axe needs scripts: look at the page in a context that has them");
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(AXE);
  }
  const runOnly = colours ? { type: "rule", values: OF_COLOURS } : { type: "tag", values: RULES };
  const found = await page.evaluate(
    ([runOnly, without]) => axe.run({ exclude: without }, { runOnly, resultTypes: ["violations"] }),
    [runOnly, exclude.map((selector) => [selector])],
  );
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${help}; ${failureSummary}`),
  );
}

/** What is wrong with the page as it is now: violations of axe, and what is wider than the window. */
export async function problems(page, what = page.url(), options = {}) {
  const wide = (await tooWide(page)).map((element) => `wider than the window: ${element}`);
  return [...(await axe(page, options)), ...wide].map((problem) => `${what}: ${problem}`);
}

/** The same in every theme: all of it in the first, colours in the others. */
export async function problemsInThemes(page, what = page.url(), options = {}) {
  const found = [];
  for (const [name, look] of Object.entries(THEMES)) {
    await setTheme(page, look);
    found.push(...(await problems(page, `${what} in ${name}`, { ...options, colours: name !== "light" })));
  }
  return found;
}

/** No violation of axe, and nothing wider than the screen. */
export async function assertAccessible(page, what = page.url(), options = {}) {
  assert.deepEqual(await problems(page, what, options), []);
}

/** Elements that make the page scroll sideways; scrolling parts of their own may. */
export async function tooWide(page) {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) {
      return [];
    }
    const wide = [...document.querySelectorAll("body *")].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return (right > innerWidth + 1 || left < -1) && !element.closest(".ww-table-wrap,.ww-nav,.ww-tabs,.cm-editor,.ww-rule");
    });
    // Text that leaves its box belongs to no element that is too wide.
    const names = wide.slice(0, 5).map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
    return names.length > 0 ? names : [`the page, by ${document.documentElement.scrollWidth - innerWidth} px`];
  });
}

/** Smallest letters of charts, in pixels. */
const CHART_LETTERS_PX = 11;

/** What cannot be read of the words of charts: too small, cut off, or upon each other. */
export async function unreadableCharts(page) {
  return page.evaluate((least) => {
    const found = [];
    for (const chart of document.querySelectorAll(".ww-chart")) {
      const words = [...chart.querySelectorAll("text, .ww-chart__scale > *")].filter((word) => word.checkVisibility());
      const boxes = words.map((word) => word.getBoundingClientRect());
      for (const [place, word] of words.entries()) {
        const box = boxes[place];
        const size = parseFloat(getComputedStyle(word).fontSize) * (word.getScreenCTM?.().a ?? 1);
        if (size < least) {
          found.push(`“${word.textContent}” of a chart is ${size.toFixed(1)} px high`);
        }
        if (box.left < 0 || box.right > document.documentElement.clientWidth) {
          found.push(`“${word.textContent}” of a chart is cut off`);
        }
        const other = boxes.findIndex(
          (it, before) => before < place && it.left < box.right && box.left < it.right && it.top + 1 < box.bottom && box.top + 1 < it.bottom,
        );
        if (other >= 0) {
          found.push(`“${word.textContent}” of a chart stands on “${words[other].textContent}”`);
        }
      }
    }
    return found;
  }, CHART_LETTERS_PX);
}

/** Sets the theme of a page that is open, as the cookie would, for looking at it. */
export async function setTheme(page, { theme, colorScheme }) {
  await page.emulateMedia({ colorScheme });
  await page.evaluate((name) => {
    if (!document.adoptedStyleSheets.some((sheet) => sheet.isForStill)) {
      // Colours must not be measured in the middle of a transition. The policy allows styles that scripts construct.
      const still = new CSSStyleSheet();
      still.isForStill = true;
      still.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important }");
      document.adoptedStyleSheets.push(still);
    }
    const classes = document.documentElement.classList;
    classes.remove("theme-auto", "theme-light", "theme-dark", "theme-contrast");
    classes.add(`theme-${name}`);
  }, theme);
}

/** axe in every theme, and in the width that the page has. */
export async function assertAccessibleInThemes(page, what = page.url(), options = {}) {
  assert.deepEqual(await problemsInThemes(page, what, options), []);
}

/** Bytes that came over the wire for the first view of an address, by kind; with nothing kept from before. */
export async function weigh(browser, url, options = {}) {
  const page = await newPage(browser, options);
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const weights = { total: 0 };
  const kinds = new Map();
  session.on("Network.responseReceived", ({ requestId, type: kind }) => kinds.set(requestId, kind));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? "Other";
    weights[kind] = (weights[kind] ?? 0) + encodedDataLength;
    weights.total += encodedDataLength;
  });
  await page.goto(url, { waitUntil: "networkidle" });
  await page.context().close();
  return weights;
}
