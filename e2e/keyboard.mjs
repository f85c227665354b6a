// A person without a mouse: everything is done with keys, and what they take is counted.

import assert from "node:assert/strict";

/** Most presses of Tab from one place of a page to the next: beyond, a person is lost. */
const TABS_MAX = 60;

/** How long what is to be seen may take, in tries of 50 ms each. */
const TRIES = 40;

/**
 * The keys of a page. Nothing here moves the focus but keys, so it says where the focus is lost; it works with scripts
 * and without.
 */
export function keyboard(page) {
  const counts = { tabs: 0, keys: 0 };
  const strike = async (key) => {
    counts[/Tab$/.test(key) ? "tabs" : "keys"] += 1;
    await page.keyboard.press(key);
  };
  const to = async (selector, { most = TABS_MAX, back = false } = {}) => {
    const wanted = page.locator(selector).first();
    await wanted.waitFor({ state: "attached" });
    for (let step = 0; step <= most; step += 1) {
      if (await wanted.evaluate((element) => element === document.activeElement)) {
        await assertFocusSeen(page);
        return wanted;
      }
      if (step < most) {
        await strike(back ? "Shift+Tab" : "Tab");
      }
    }
    throw new Error(`${selector} was not reached with ${most} presses of Tab on ${page.url()}`);
  };
  const write = async (text) => {
    counts.keys += text.length;
    await page.keyboard.type(text);
  };
  return {
    counts,
    /** One key, wherever the focus is. */
    strike,
    /** Moves on with Tab until the focus is on what `selector` names, and seen there. */
    to,
    /** Past the header and the navigation, with the link that is there for it. */
    async skip() {
      await to(".ww-skip", { most: 2 });
      await strike("Enter");
      // The next Tab leads into the main part.
      await strike("Tab");
      const isInside = await page.evaluate(() => document.activeElement.closest("#main") !== null);
      assert.ok(isInside, `the link past the navigation leads into the main part of ${page.url()}`);
    },
    /** Goes to an element and presses a key there: Enter for links and buttons, Space for boxes. */
    async press(selector, key = "Enter", options = {}) {
      await to(selector, options);
      await strike(key);
    },
    /** Presses what leads to another page, and waits until it is there. */
    async follow(selector, options = {}) {
      await to(selector, options);
      await Promise.all([page.waitForNavigation(), strike("Enter")]);
    },
    /** Replaces what a field holds. */
    async fill(selector, text, options = {}) {
      await to(selector, options);
      await strike("Control+a");
      await write(text);
    },
    /** Chooses an option of a field by the beginning of its label. */
    async choose(selector, label, options = {}) {
      const field = await to(selector, options);
      await write(label);
      const chosen = await field.evaluate((element) => element.selectedOptions[0]?.textContent.trim());
      assert.ok(chosen?.toLowerCase().startsWith(label.toLowerCase()), `${selector} has «${chosen}» instead of «${label}»`);
    },
    /** Ticks or unticks a box. */
    async tick(selector, wanted = true, options = {}) {
      const box = await to(selector, options);
      if ((await box.isChecked()) !== wanted) {
        await strike("Space");
      }
      assert.equal(await box.isChecked(), wanted, selector);
    },
    /** Sends the form that the focus is in, as Enter in a field of one line does. */
    async enter() {
      await Promise.all([page.waitForNavigation(), strike("Enter")]);
    },
  };
}

/** What has the focus can be seen to have it: an outline that it does not have otherwise. */
export async function assertFocusSeen(page) {
  const isSeen = () => {
    const element = document.activeElement;
    const style = getComputedStyle(element.matches(".cdx-checkbox__input,.cdx-radio__input") ? element.nextElementSibling : element);
    const isRinged = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5;
    const frame = element.closest(".cm-editor");
    return isRinged || (frame && getComputedStyle(frame).outlineStyle !== "none");
  };
  // The editor says a moment later that it has the focus. Without scripts a page can wait for nothing: it is asked again.
  for (let count = 0; count < TRIES; count += 1) {
    if (await page.evaluate(isSeen)) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`the focus is not seen on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200))}`);
}

/** Moves the focus with Tab until it is on what `selector` names. */
export async function tabTo(page, selector, { most = 200, back = false } = {}) {
  return keyboard(page).to(selector, { most, back });
}

/** Goes to an element with Tab and presses a key there. */
export async function press(page, selector, key = "Enter") {
  await keyboard(page).press(selector, key, { most: 200 });
}

/** Goes to a field with Tab and types into it; what it held is replaced. */
export async function type(page, selector, text) {
  await keyboard(page).fill(selector, text, { most: 200 });
}

/** Chooses an option of a <select> with the keyboard, by the beginning of its label. */
export async function choose(page, selector, label) {
  await keyboard(page).choose(selector, label, { most: 200 });
}

/**
 * Where the keyboard does not go as the eye does: an element that Tab reaches after one that stands below it, or behind it on
 * its line, in one column. Left out are what scrolls by itself, and headings that are there only while the keyboard is on them.
 */
export async function outOfOrder(page) {
  return page.evaluate(() => {
    const kinds = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex]';
    const apart = ".ww-skip, .ww-fold-body, .cm-editor, .ww-table-stack thead";
    const column = (element) => element.closest(".ww-header, .ww-nav, .ww-split-aside, .ww-main, .ww-foot");
    const isReached = (element) =>
      element.tabIndex >= 0 &&
      !element.disabled &&
      !element.closest(apart) &&
      element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
    const reached = [...document.querySelectorAll(kinds)].filter(isReached);
    const isRtl = document.documentElement.dir === "rtl";
    const box = (element) => {
      const { top, bottom, left, right } = element.getBoundingClientRect();
      return isRtl ? { top, bottom, start: -right, end: -left } : { top, bottom, start: left, end: right };
    };
    const name = (element) => `${element.localName} “${(element.id || element.textContent).trim().slice(0, 30)}”`;
    const found = reached.filter((element) => element.tabIndex > 0).map((element) => `${name(element)} jumps the queue`);
    for (const [place, element] of reached.entries()) {
      const next = reached[place + 1];
      if (!next || element.contains(next) || column(element) !== column(next)) {
        continue;
      }
      const [from, to] = [box(element), box(next)];
      // Above, and not in a column of its own farther on; or before it on the same line.
      const isAbove = to.bottom <= from.top + 4 && to.start < from.end;
      const isBefore = Math.abs(to.top - from.top) < 12 && to.end <= from.start + 4;
      if (isAbove || isBefore) {
        found.push(`${name(next)} comes after ${name(element)}`);
      }
    }
    return found;
  });
}
