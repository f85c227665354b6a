// The five journeys for which people come: each with keys alone, with scripts and without. Nothing moves the focus but
// Tab and what pages do by themselves, and no page may complain of anything on the way.

import { test } from "node:test";
import assert from "node:assert/strict";
import { assertQuiet, bothWays, expectComplaint, keyboard, newPage, PEOPLE, useBrowser } from "./harness.mjs";

const WIKI = "examplewiki";

const at = useBrowser();

bothWays((script, farm) => {
  /** Goes a journey as `person`, who signs in first; says what it took. */
  const journey = async (context, person, go) => {
    const page = await newPage(at.browser, { script, width: 1280 });
    const keys = keyboard(page);
    await page.goto(`${farm.url}/`);
    await keys.follow("a.ww-person");
    await signIn(page, keys, person);
    keys.counts.tabs = 0;
    keys.counts.keys = 0;
    await go(page, keys);
    context.diagnostic(`${keys.counts.tabs} times Tab, ${keys.counts.keys} other keys`);
    assertQuiet(page);
    await page.context().close();
  };

  /** The rule's editor, or the plain field where there is none. */
  const rules = script ? ".cm-content" : "#rules";

  test("sign in", async (context) => {
    const page = await newPage(at.browser, { script });
    const keys = keyboard(page);
    expectComplaint(page, /40[13]/);
    // Where somebody wanted to go is where he is, once signed in.
    await page.goto(`${farm.url}/w/${WIKI}/filters/new`);
    await keys.skip();
    await keys.follow('main a[href^="/sign-in"]');
    await keys.skip();
    await keys.fill("#name", PEOPLE.editor.name);
    await keys.fill("#password", "not this one");
    await keys.enter();
    await page.locator(".cdx-message--error").waitFor();
    assert.equal(await page.inputValue("#name"), PEOPLE.editor.name);
    // The keyboard is at what went wrong, just before the fields.
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "alert");
    await nameAndPassword(page, keys, PEOPLE.editor);
    assert.equal(new URL(page.url()).pathname, `/w/${WIKI}/filters/new`);
    await keys.press(".ww-person summary");
    await keys.follow(".ww-person__menu form button");
    await page.locator("a.ww-person").waitFor();
    context.diagnostic(`${keys.counts.tabs} times Tab, ${keys.counts.keys} other keys`);
    assertQuiet(page);
    await page.context().close();
  });

  test("find and fix a filter that refuses good edits", async (context) => {
    for (const summary of ["fix typo", "typo", "many typos here"]) {
      assert.equal((await farm.act({ user: "Gina", summary, text: "A better text." })).decision, "refuse");
    }
    await farm.act({ user: "Vandal", summary: "typo typo typo", text: "nonsense" });
    await journey(context, PEOPLE.editor, async (page, keys) => {
      // What somebody was refused with.
      await keys.follow(`.ww-nav a[href="/w/${WIKI}/hits"]`);
      await keys.skip();
      await keys.fill("#actor", "Gina");
      await keys.enter();
      assert.equal(await page.locator("tbody tr").count(), 3);
      // A search leads past itself, to what it found.
      await keys.follow("tbody tr th a", { most: 3 });
      // Why: the rule in colours, with what it found.
      await page.locator(".ww-explain mark", { hasText: "typo" }).first().waitFor();
      await keys.skip();
      await keys.follow(".ww-dl a[href*='/filters/']");
      await keys.skip();
      await keys.fill(rules, 'summary contains "typo typo"');
      await keys.choose("#try_of", "this filter");
      await keys.press('button[value="try"]');
      await page.locator("#try-results li").first().waitFor();
      const rows = await page.locator("#try-results li").allTextContents();
      assert.equal(rows.length, 4);
      assert.equal(rows.filter((row) => row.includes("does not match")).length, 3);
      await keys.press('.ww-skip[href="#after-try"]', "Enter", { most: 4 });
      await keys.fill("#reason", "Only what repeats itself is vandalism", { most: 20 });
      await keys.follow('button[value="save"]');
      await page.locator(".ww-flash", { hasText: "version 2" }).waitFor();
    });
    assert.equal((await farm.act({ user: "Gina", summary: "fix typo", text: "A better text." })).decision, "allow");
    assert.equal((await farm.act({ user: "Vandal", summary: "typo typo typo", text: "nonsense" })).decision, "refuse");
  });

  test("write a new filter, test it, enable it", async (context) => {
    await farm.act({ user: "Spammer", summary: "typo typo", text: "cheap pills for all" });
    assert.equal((await farm.act({ user: "Other", text: "cheap pills for all" })).decision, "allow");
    await journey(context, PEOPLE.editor, async (page, keys) => {
      await keys.follow(`.ww-nav a[href="/w/${WIKI}/filters"]`);
      await keys.skip();
      await keys.follow(`main a[href="/w/${WIKI}/filters/new"]`);
      await keys.skip();
      await keys.fill("#name", "Cheap pills");
      await keys.fill(rules, 'added_lines irlike "cheap pills"');
      // Tried before it is saved, on what other filters caught. Without scripts the answer begins there, too.
      await keys.press('button[value="try"]');
      await page.locator("#try-results mark", { hasText: "cheap pills" }).first().waitFor();
      await keys.press('.ww-skip[href="#after-try"]', "Enter", { most: 4 });
      await keys.tick("#action-disallow");
      await keys.fill("#reason", "Spam of this week");
      await keys.follow('button[value="save"]');
      await page.locator(".ww-flash").waitFor();
      assert.equal((await farm.act({ user: "Other", text: "cheap pills for all" })).decision, "allow");
      await keys.skip();
      await keys.choose("#state", "enabled");
      await keys.fill("#reason", "It matched what it should");
      await keys.follow('button[value="save"]');
      await page.locator(".ww-flash", { hasText: "version 2" }).waitFor();
    });
    assert.equal((await farm.act({ user: "Other", text: "cheap pills for all" })).decision, "refuse");
  });

  test("look up the reference code that a refused person quotes", async (context) => {
    const verdict = await farm.act({ user: "Refused", text: "refusemark" });
    assert.equal(verdict.decision, "refuse");
    const code = verdict.messages[0].ref_code;
    await journey(context, PEOPLE.editor, async (page, keys) => {
      await keys.follow(`.ww-nav a[href="/w/${WIKI}/hits"]`);
      await keys.skip();
      await keys.fill("#code", "ZZZZ-ZZZZ");
      await keys.enter();
      await page.locator(".cdx-message--notice, .cdx-message--error").first().waitFor();
      await keys.skip();
      // As people type it from a screen.
      await keys.fill("#code", ` ${code.toLowerCase()} `);
      await keys.enter();
      await page.locator(".ww-dl", { hasText: "Refuses a word" }).first().waitFor();
      await page.locator(".ww-dl", { hasText: "Refused" }).first().waitFor();
      await page.locator("#ref-code", { hasText: code }).waitFor();
      await page.locator("mark", { hasText: "refusemark" }).first().waitFor();
    });
  });

  test("take rights away from an account", async (context) => {
    const reader = await newPage(at.browser, { script });
    expectComplaint(reader, /40[34]/);
    const hers = keyboard(reader);
    await reader.goto(`${farm.url}/sign-in`);
    await signIn(reader, hers, PEOPLE.leaver);
    assert.equal((await reader.goto(`${farm.url}/w/${WIKI}/filters/new`)).status(), 200);
    await journey(context, PEOPLE.steward, async (page, keys) => {
      await keys.follow('.ww-nav a[href="/accounts"]');
      await keys.skip();
      await keys.fill("#part", PEOPLE.leaver.name);
      await keys.enter();
      await keys.follow("tbody th a", { most: 3 });
      await keys.skip();
      await keys.follow(`section[aria-labelledby="rights"] a[href*="wiki=${WIKI}"]`);
      await keys.skip();
      await keys.tick('input[value="abusefilter-modify"]', false);
      await keys.follow("main form button");
      // It asks, and says what will happen.
      await page.locator("main", { hasText: "Loses: Write, change and import filters" }).waitFor();
      await keys.skip();
      await keys.follow("main form button");
      await page.locator(".ww-flash").waitFor();
    });
    // It holds at once, in the session that was there.
    assert.equal((await reader.goto(`${farm.url}/w/${WIKI}/filters/new`)).status(), 403);
    assertQuiet(reader);
    await reader.context().close();
  });
});

/** Signs somebody in on the page of signing in, with keys. */
async function signIn(page, keys, person) {
  await keys.skip();
  await nameAndPassword(page, keys, person);
}

async function nameAndPassword(page, keys, person) {
  await keys.fill("#name", person.name);
  await keys.fill("#password", person.password);
  await keys.enter();
  await page.locator(".ww-person summary", { hasText: person.name }).waitFor();
}
