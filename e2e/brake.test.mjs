// The emergency brake as filter editors meet it: a filter that stops good people is braked by itself and is put back to work
// with one press; a hold is prepared, confirmed and ended. With keys alone, with scripts and without.

import { test } from "node:test";
import assert from "node:assert/strict";
import { assertAccessible, assertQuiet, bothWays, expectComplaint, keyboard, newPage, PEOPLE, signIn, useBrowser } from "./harness.mjs";

const WIKI = "examplewiki";
const FILTER = `/w/${WIKI}/filters/3`;

/** Enough people in good standing, each from a range of its own, to brake any filter. */
const CROWD = 12;

const at = useBrowser();

bothWays((script, farm) => {
  let met = 0;

  /** Somebody in good standing whom the filter has not met yet makes an edit that it is about. */
  const edits = () => {
    met += 1;
    const person = { id: 1000 + met, ip: `10.${met}.0.1`, edits: 1000, days: 1000 };
    return farm.act({ user: `Good ${met}`, person, summary: "fix typo", text: "A better text." });
  };

  /** A crowd comes; the decisions that its last edit got. */
  const crowd = async () => {
    let last;
    for (let one = 0; one < CROWD; one += 1) {
      last = await edits();
    }
    return last.decision;
  };

  const visit = async (person, go) => {
    const page = await newPage(at.browser, { script });
    await signIn(page, farm, person);
    const keys = keyboard(page);
    await go(page, keys);
    assertQuiet(page);
    await page.context().close();
  };

  test("a filter that stops good people is braked, and works again after one press", async () => {
    assert.equal((await edits()).decision, "refuse");
    assert.equal(await crowd(), "allow");
    await visit(PEOPLE.editor, async (page, keys) => {
      await page.goto(`${farm.url}${FILTER}`);
      const banner = page.locator(".cdx-message--warning", { hasText: "Braked" }).first();
      await banner.waitFor();
      if (script) {
        await assertAccessible(page);
      }
      await keys.skip();
      await keys.follow('button[name="because"][value="attack"]');
      await page.locator(".ww-flash").waitFor();
      assert.equal(await page.locator('button[name="because"]').count(), 0);
      await page.goto(`${farm.url}${FILTER}/history`);
      await page.locator("main", { hasText: PEOPLE.editor.name }).waitFor();
    });
    // The next edit alone does not brake it again.
    assert.equal((await edits()).decision, "refuse");
    assert.equal((await edits()).decision, "refuse");
  });

  /** The first step of a hold: for how long, and why. */
  const prepare = async (page, keys, { second }) => {
    await page.goto(farm.url + FILTER + "/brake");
    await keys.skip();
    await keys.follow(`a[href$="/brake/hold"]`);
    await keys.choose("#seconds", "5 ");
    await keys.fill("#reason", "a wave of attacks");
    await keys.tick('[name="second"]', second);
    await keys.follow("main form .cdx-button--weight-primary");
  };

  /** Ends the hold that the page says there is. */
  const end = async (page, keys) => {
    await page.locator("main [data-countdown]").waitFor();
    if (script) {
      await assertAccessible(page);
    }
    await keys.follow('button[name="hold"]');
    await page.locator(".ww-flash").waitFor();
    assert.equal(await page.locator('button[name="hold"]').count(), 0);
  };

  test("a hold is prepared, confirmed on the next page, and keeps the filter at work until it is ended", async () => {
    await visit(PEOPLE.editor, async (page, keys) => {
      await prepare(page, keys, { second: false });
      const left = page.locator("main [data-countdown]");
      const first = await left.textContent();
      assert.match(first, /^[012]:\d\d$/);
      if (script) {
        await assertAccessible(page);
        await page.waitForFunction(
          (before) => document.querySelector("main [data-countdown]").textContent !== before,
          first,
        );
      }
      // Nothing holds yet: what was looked at has to be said.
      await keys.fill("#acknowledge", "the last hits");
      await keys.follow("main form .cdx-button--weight-primary");
      await page.locator(".ww-flash").waitFor();
    });
    // However many good people it meets, it is not braked meanwhile.
    assert.equal(await crowd(), "refuse");
    await visit(PEOPLE.editor, async (page, keys) => {
      await page.goto(farm.url + FILTER);
      await page.locator(".cdx-message", { hasText: PEOPLE.editor.name }).first().waitFor();
      await page.goto(farm.url + FILTER + "/brake");
      await end(page, keys);
    });
    assert.equal(await crowd(), "allow");
  });

  test("a hold for two is confirmed by somebody else only", async () => {
    let confirmation;
    let code;
    await visit(PEOPLE.editor, async (page, keys) => {
      await prepare(page, keys, { second: true });
      confirmation = await page.locator('main a[href*="/confirm?hold="]').getAttribute("href");
      code = await page.locator("code.ww-code").textContent();
      assert.equal(await page.locator("#acknowledge").count(), 0);
      // Who prepared it is no second person.
      await page.goto(farm.url + confirmation);
      await keys.fill("#token", code);
      await keys.fill("#acknowledge", "my own wish");
      expectComplaint(page, /422/);
      await keys.follow("main form .cdx-button--weight-primary");
      await page.locator(".cdx-message--error").waitFor();
    });
    await visit(PEOPLE.steward, async (page, keys) => {
      await page.goto(farm.url + confirmation);
      await keys.fill("#token", code);
      await keys.fill("#acknowledge", "the last hits");
      await keys.follow("main form .cdx-button--weight-primary");
      await end(page, keys);
    });
  });
});
