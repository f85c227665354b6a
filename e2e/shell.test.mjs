// The frame of every page: signing in and out, the look, what is not there; with scripts, without, and by keyboard.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import {
  assertAccessibleInThemes,
  assertQuiet,
  expectComplaint,
  newPage,
  PEOPLE,
  press,
  problems,
  problemsInThemes,
  signIn,
  startBrowser,
  startFarm,
  type,
  weigh,
  WIDTHS,
} from "./harness.mjs";

let browser;
let farm;

before(async () => {
  farm = await startFarm();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await farm?.stop();
});

async function done(page) {
  assertQuiet(page);
  await page.context().close();
}

/** The addresses of the page's navigation. */
async function places(page) {
  return page.locator(".ww-nav a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
}

test("signing in and out works by keyboard", async () => {
  const page = await newPage(browser);
  await page.goto(`${farm.url}/sign-in`);
  await type(page, "#name", PEOPLE.steward.name);
  await type(page, "#password", PEOPLE.steward.password);
  await page.keyboard.press("Enter");
  await page.locator(".ww-person summary").waitFor();
  await press(page, ".ww-person summary");
  await press(page, ".ww-person__menu form button");
  await page.locator("a.ww-person").waitFor();
  await done(page);
});

test("signing in works without scripts, and a wrong password is said", async () => {
  const page = await newPage(browser, { script: false });
  expectComplaint(page, /4\d\d/);
  await page.goto(`${farm.url}/sign-in`);
  await page.fill("#name", PEOPLE.editor.name);
  await page.fill("#password", "wrong");
  await page.click("main form button");
  await page.locator(".cdx-message--error").waitFor();
  assert.equal(await page.inputValue("#name"), PEOPLE.editor.name);
  await signIn(page, farm, PEOPLE.editor);
  await page.locator(".ww-person summary", { hasText: PEOPLE.editor.name }).waitFor();
  await done(page);
});

test("every page of the navigation is accessible, for everybody who sees it", async () => {
  const found = [];
  for (const person of Object.values(PEOPLE)) {
    for (const width of WIDTHS) {
      const page = await newPage(browser, { width });
      await signIn(page, farm, person);
      for (const place of await places(page)) {
        const answer = await page.goto(`${farm.url}${place}`);
        if (answer.status() !== 200) {
          expectComplaint(page, new RegExp(`${answer.status()}`));
        }
        const what = `${place} for ${person.name} at ${width}`;
        // The looks differ in colours, which do not differ between people.
        const look = person === PEOPLE.steward ? problemsInThemes : problems;
        found.push(...(await look(page, what)));
      }
      await done(page);
    }
  }
  assert.deepEqual(found, []);
});

test("a page that is not there says so, and leads on", async () => {
  const page = await newPage(browser);
  expectComplaint(page, /404/);
  const answer = await page.goto(`${farm.url}/nothing/here`);
  assert.equal(answer.status(), 404);
  await assertAccessibleInThemes(page, "a page that is not there");
  await done(page);
});

test("look and language stay chosen, with and without scripts", async () => {
  for (const script of [true, false]) {
    const page = await newPage(browser, { script });
    await page.goto(`${farm.url}/sign-in`);
    await page.selectOption("#theme", "contrast");
    await page.selectOption("#language", "ar");
    await page.click(".ww-preferences button");
    await page.locator('html.theme-contrast[lang="ar"][dir="rtl"]').waitFor({ state: "attached" });
    await done(page);
  }
});

test("pages forbid everything from elsewhere and everything inline", async () => {
  const answer = await fetch(`${farm.url}/sign-in`);
  const policy = answer.headers.get("content-security-policy");
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|data:|\*/);
  assert.doesNotMatch(await answer.text(), / style=| on[a-z]+=|<style|<script(?![^>]* src=)/);
});

test("the first view of a page weighs at most 60 KB", async (context) => {
  const weights = await weigh(browser, `${farm.url}/sign-in`);
  context.diagnostic(`bytes over the wire: ${JSON.stringify(weights)}`);
  assert.ok(weights.total <= 60_000, JSON.stringify(weights));
});
