// The style guide in Chromium: every component in every look and width, and what the scripts do.
// It needs no service, only `crates/console/web/dist`.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { names, serve } from "../crates/console/web/samples/server.mjs";
import {
  assertAccessible,
  assertAccessibleInThemes,
  assertFocusSeen,
  assertQuiet,
  expectComplaint,
  newPage,
  startBrowser,
  tabTo,
  WIDTHS,
} from "./harness.mjs";
import { assertLooks } from "./looks.mjs";

let browser;
let server;

before(async () => {
  server = await serve();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  server?.close();
});

async function open(name, options = {}, query = "") {
  const page = await newPage(browser, options);
  await page.goto(`${server.url}/${name}?${query}`, { waitUntil: "networkidle" });
  return page;
}

async function done(page) {
  assertQuiet(page);
  await page.context().close();
}

test("every sample is accessible in every theme, on a phone and on a screen, in both directions", async () => {
  for (const name of await names()) {
    for (const width of WIDTHS) {
      const page = await open(name, { width }, "theme=light");
      await assertAccessibleInThemes(page, `${name} at ${width}`);
      await done(page);
      const rtl = await open(name, { width }, "theme=light&dir=rtl");
      await assertAccessible(rtl, `${name} at ${width} from right to left`);
      await done(rtl);
    }
  }
});

test("every sample looks as it did", async () => {
  const looks = [
    ["light", "", 360],
    ["dark", "", 1280],
    ["contrast", "&dir=rtl", 1280],
  ];
  for (const name of await names()) {
    for (const [theme, query, width] of looks) {
      const page = await open(name, { width }, `theme=${theme}${query}`);
      await assertLooks(page, `sample-${name}-${theme}-${width}`, { mask: ["time", "[data-live-url]"] });
      await done(page);
    }
  }
});

test("every sample works without scripts, and shows nothing that needs them", async () => {
  for (const name of await names()) {
    const page = await open(name, { script: false });
    assert.equal(await page.locator(".ww-with-script:visible").count(), 0, name);
    await done(page);
  }
});

test("the keyboard reaches everything on the page, and is always seen", async () => {
  for (const name of await names()) {
    const page = await open(name);
    const wanted = await page.locator("a[href]:visible, button:enabled:visible, input:enabled, select, summary:visible").count();
    const seen = new Set();
    for (let step = 0; step < wanted + 40; step += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        document.activeElement.wwPlace ??= (window.wwCount = (window.wwCount ?? 0) + 1);
        return document.activeElement === document.body ? 0 : document.activeElement.wwPlace;
      });
      if (focused) {
        await assertFocusSeen(page);
        seen.add(focused);
      }
    }
    // A group of radio buttons is one stop.
    assert.ok(seen.size >= wanted - 1, `${name}: ${seen.size} of ${wanted} were reached`);
    await done(page);
  }
});

test("targets are as large as a finger where fingers point", async () => {
  for (const name of await names()) {
    const page = await open(name, { width: 360, hasTouch: true, isMobile: true });
    const small = await page.evaluate(() => {
      const targets = document.querySelectorAll("button,summary,select,.cdx-button,.ww-nav a,.ww-tabs a,.ww-chips a,.cdx-text-input__input");
      return [...targets]
        .filter((element) => element.checkVisibility() && !element.closest(".cm-editor,.ww-editor-notes"))
        .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect().height])
        .filter(([, height]) => height < 43.5);
    });
    assert.deepEqual(small, [], name);
    await done(page);
  }
});

test("a box ticks all, and says when only some are ticked", async () => {
  const page = await open("tables");
  await page.check("#all");
  assert.equal(await page.locator("tbody input:checked").count(), 2);
  await page.uncheck("#f1");
  assert.equal(await page.locator("#all").evaluate((box) => box.indeterminate), true);
  await done(page);
});

test("an act that asks is sent after a yes, and not after a no", async () => {
  const page = await open("all");
  expectComplaint(page, /404/);
  await page.evaluate(() => {
    const button = document.querySelector("[data-confirm]");
    document.querySelector("form.ww-form").append(button);
    addEventListener("submit", (event) => {
      window.sent = (window.sent ?? 0) + (event.defaultPrevented ? 0 : 1);
      event.preventDefault();
    });
  });
  await page.click("[data-confirm]");
  await assertAccessible(page, "the dialog");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.matches("[data-confirm]")), true);
  const sent = () => page.evaluate(() => window.sent ?? 0);
  const before = await sent();
  await page.click("[data-confirm]");
  await page.locator("dialog .cdx-button--weight-primary").click();
  assert.equal(await sent(), before + 1);
  await done(page);
});

test("shortcuts lead on, are listed, and do nothing while something is typed", async () => {
  const page = await open("tables");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  await page.keyboard.type("?gw");
  assert.equal(await page.inputValue("#q"), "?gw");
  await page.locator("h1").click();
  await page.keyboard.type("?");
  await page.locator("dialog").waitFor();
  await assertAccessible(page, "the list of shortcuts");
  await page.keyboard.press("Escape");
  expectComplaint(page, /404/);
  await page.keyboard.type("gw");
  await page.waitForURL("**/wikis");
  await done(page);
});

test("a live part is brought up to date, keeps the focus, and can be paused", async () => {
  const page = await open("tables");
  let count = 0;
  await page.route("**/live", (route) => {
    count += 1;
    return route.fulfill({ contentType: "text/html", body: `<p data-live-say>Now: <a href="/n">n${count}</a></p>` });
  });
  await page.evaluate(() => document.querySelector("[data-live-url] a").focus());
  await page.locator("[data-live-url] a", { hasText: "n1" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "n1");
  await page.locator("#ww-say", { hasText: "Now: n1" }).waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Pause updates" }).click();
  await page.getByRole("button", { name: "Go on updating" }).waitFor();
  await done(page);
});

test("a live part whose session has ended says so and asks no more", async () => {
  const page = await open("tables");
  expectComplaint(page, /403/);
  let asked = 0;
  await page.route("**/live", (route) => {
    asked += 1;
    return route.fulfill({ status: 403, body: "no" });
  });
  await page.locator(".ww-live-note", { hasText: "No longer" }).waitFor({ timeout: 20_000 });
  assert.equal(asked, 1);
  await done(page);
});

test("matched ranges are marked as text, never as markup", async () => {
  const page = await open("rules");
  assert.deepEqual(await page.locator("code mark.ww-match").allTextContents(), ["pills", "pills"]);
  await done(page);
});

test("a page with changes asks before it is left, and not after they were sent", async () => {
  const page = await open("all");
  expectComplaint(page, /404/);
  let asked = 0;
  page.on("dialog", (dialog) => {
    asked += 1;
    return dialog.dismiss();
  });
  await page.fill("#n", "changed");
  await page.click(".ww-brand");
  await page.waitForTimeout(300);
  assert.equal(asked, 1);
  await page.locator("form.ww-form button", { hasText: "Save" }).click();
  await page.waitForURL("**/save");
  assert.equal(asked, 1);
  await done(page);
});

test("the editor checks while typing, newest answer last, and its list leads to the place", async () => {
  const page = await open("editor");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" & foobar");
  const entry = page.locator(".ww-editor-notes li");
  await entry.filter({ hasText: "there is no variable foobar" }).waitFor();
  assert.match(await page.locator("[role=status].ww-editor-status").textContent(), /Errors: 1/);
  assert.equal(await page.locator(".cm-lintRange-error").textContent(), "foobar");
  assert.deepEqual(await entry.locator("code.ww-code").allTextContents(), ["foobar", "user_name"]);
  assert.ok(!(await entry.textContent()).includes("`"));
  await page.locator(".cm-lintRange-error").hover();
  const hovered = page.locator(".cm-tooltip .cm-diagnostic");
  await hovered.waitFor();
  assert.deepEqual(await hovered.locator("code.ww-code").allTextContents(), ["foobar", "user_name"]);
  await assertAccessibleInThemes(page, "the editor with an error");
  await entry.locator("button").click();
  assert.equal(await page.evaluate(() => String(getSelection())), "foobar");
  // An answer that comes late is not shown for a text that is newer.
  let first = true;
  await page.route("**/rule/check", async (route) => {
    if (first) {
      first = false;
      await new Promise((resolve) => setTimeout(resolve, 800));
      return route.fulfill({ json: { diagnostics: [{ from: 0, to: 1, severity: "error", message: "late" }] } }).catch(() => {});
    }
    return route.fulfill({ json: { diagnostics: [] } });
  });
  await page.keyboard.type("x");
  await page.waitForTimeout(300);
  await page.keyboard.type("y");
  await page.locator(".ww-editor-status", { hasText: "No errors" }).waitFor();
  await page.waitForTimeout(900);
  assert.equal(await entry.count(), 0);
  await done(page);
});

test("a rule is tried in place; where no answer comes, the form is sent", async () => {
  const page = await open("editor");
  page.on("dialog", (dialog) => dialog.accept());
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("true");
  await page.click("[data-try-url]");
  await page.locator("#try-results", { hasText: "in a rule of 4 letters" }).waitFor();
  assert.equal(await page.locator("#try-results mark").textContent(), "that");
  await assertAccessible(page, "the editor with results");
  expectComplaint(page, /401|404/);
  await page.route("**/rule/try", (route) => route.fulfill({ status: 401, body: "" }));
  await Promise.all([page.waitForURL("**/save"), page.click("[data-try-url]")]);
  await done(page);
});

test("a check that fails is said, and the next one counts", async () => {
  const page = await open("editor");
  expectComplaint(page, /503|answer:/);
  let isDown = true;
  await page.route("**/rule/check", (route) =>
    isDown ? route.fulfill({ status: 503, body: "" }) : route.fulfill({ json: { diagnostics: [] } }),
  );
  await page.locator(".cm-content").click();
  await page.keyboard.type(" ");
  await page.locator(".ww-editor-status", { hasText: "could not be checked" }).waitFor();
  isDown = false;
  await page.keyboard.type(" ");
  await page.locator(".ww-editor-status", { hasText: "No errors" }).waitFor();
  await done(page);
});

test("the editor completes the group's words, documents them, and formats", async () => {
  const page = await open("editor");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("rcou");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "rcount" }).waitFor();
  await assertAccessible(page, "the list of words");
  const beside = page.locator(".cm-completionInfo");
  assert.deepEqual(await beside.locator("code.ww-code").allTextContents(), ['rcount("a+", "banana")']);
  assert.ok(!(await beside.textContent()).includes("`"));
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  await page.keyboard.type("user_n");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "user_name" }).waitFor();
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#rules"), "rcount(user_name)");
  await page.locator(".tok-function").hover();
  const shown = page.locator(".ww-editor-doc", { hasText: "How often the pattern matches" });
  await shown.waitFor();
  assert.deepEqual(await shown.locator("p code.ww-code").allTextContents(), ['rcount("a+", "banana")']);
  assert.ok(!(await shown.textContent()).includes("`"));
  await page.keyboard.press("End");
  await page.keyboard.type("   &    true");
  await page.keyboard.press("Shift+Alt+F");
  await page.locator(".ww-editor-status", { hasText: "Formatted" }).waitFor();
  assert.equal(await page.inputValue("#rules"), "rcount(user_name) & true\n");
  await done(page);
});

test("Tab leads through the editor, and indents only after Ctrl-M", async () => {
  const page = await open("editor");
  await tabTo(page, ".cm-content");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Format");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Control+m");
  await page.keyboard.press("Tab");
  assert.match(await page.inputValue("#rules"), /^ {4}\/\*/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Format");
  await done(page);
});

test("what was typed is in the field at once, and is offered again after a loss", async () => {
  const page = await open("editor");
  page.on("dialog", (dialog) => dialog.accept());
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("kept");
  assert.equal(await page.inputValue("#rules"), "kept");
  await page.reload();
  await page.getByRole("button", { name: "Bring them back" }).waitFor();
  await assertAccessible(page, "the offer of a draft");
  await page.getByRole("button", { name: "Bring them back" }).click();
  assert.equal(await page.inputValue("#rules"), "kept");
  await page.reload();
  await page.getByRole("button", { name: "Throw them away" }).click();
  await page.reload();
  await page.locator(".cm-content").waitFor();
  assert.equal(await page.getByRole("button", { name: "Bring them back" }).count(), 0);
  await done(page);
});

test("the editor's search is accessible", async () => {
  const page = await open("editor");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+f");
  await page.locator(".cm-panel.cm-search").waitFor();
  await assertAccessibleInThemes(page, "the editor's search");
  await done(page);
});

test("a rule of 64 KiB is typed in without waiting", async () => {
  const page = await open("editor");
  const long = 'user_name rlike "a|b" &\n'.repeat(2730);
  await page.evaluate((text) => document.querySelector("#rules").dispatchEvent(new CustomEvent("ww-put", { detail: text })), long);
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("true");
  assert.equal(await page.inputValue("#rules"), `${long}true`);
  await done(page);
});
