// What a file of tests stands on: one browser, and the same tests with scripts and without.

import { after, before, describe } from "node:test";
import { startBrowser } from "./browser.mjs";
import { startFarm } from "./service.mjs";

/** The file's browser, as `.browser`, from its first test to its last. */
export function useBrowser() {
  const at = { browser: undefined };
  before(async () => {
    at.browser = await startBrowser();
  });
  after(async () => {
    await at.browser?.close();
  });
  return at;
}

/** `tests(script, farm)` with scripts and without, each on a farm of its own, which is there once its tests run. */
export function bothWays(tests) {
  for (const script of [true, false]) {
    describe(script ? "with scripts" : "without scripts", () => {
      const farm = {};
      before(async () => {
        Object.assign(farm, await startFarm());
      });
      after(async () => {
        await farm.stop?.();
      });
      tests(script, farm);
    });
  }
}
