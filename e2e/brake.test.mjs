// The emergency brake as filter editors meet it: a filter that stops good people is braked by itself and is put back to work
// with one press; a hold is prepared, confirmed and ended. With keys alone, with scripts and without.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { assertAccessible, assertQuiet, keyboard, newPage, PEOPLE, signIn, startBrowser, startFarm } from "./harness.mjs";

const WIKI = "examplewiki";
const FILTER = `/w/${WIKI}/filters/3`;

/** Enough people in good standing, each from a range of its own, to brake any filter. */
const CROWD = 12;

let browser;
before(async () => {
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

for (const script of [true, false]) {
  describe(script ? "with scripts" : "without scripts", () => {
    let farm;
    let met = 0;
    before(async () => {
      farm = await startFarm();
    });
    after(async () => {
      await farm?.stop();
    });

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

    const visit = async (go) => {
      const page = await newPage(browser, { script });
      await signIn(page, farm, PEOPLE.editor);
      const keys = keyboard(page);
      await go(page, keys);
      assertQuiet(page);
      await page.context().close();
    };

    test("a filter that stops good people is braked, and works again after one press", async () => {
      assert.equal((await edits()).decision, "refuse");
      assert.equal(await crowd(), "allow");
      await visit(async (page, keys) => {
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
  });
}
