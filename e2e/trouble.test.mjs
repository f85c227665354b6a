// What goes wrong in daily work: sessions that end, two people at once, rules beyond the limit, hostile texts, slow lines.
// Nothing is lost, nothing is executed, and the page says what happened; with scripts and without.

import { test } from "node:test";
import assert from "node:assert/strict";
import { assertQuiet, bothWays, expectComplaint, newPage, pageIn, PEOPLE, signIn, startFarm, useBrowser } from "./harness.mjs";

const WIKI = "examplewiki";
const FILTER = `/w/${WIKI}/filters/1`;

/** Longest text of a rule, in bytes. */
const RULE_BYTES_MAX = 65_530;

/** A text that would do something if it were anything but text, with letters that hide and reorder others. */
const HOSTILE = `<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">"'</textarea></title>\u202Etxt.exe\u200B`;

const at = useBrowser();

bothWays((script, farm) => {
  const visit = async (person) => {
    const page = await newPage(at.browser, { script });
    await signIn(page, farm, person);
    return page;
  };
  const leave = async (page) => {
    assertQuiet(page);
    await page.context().close();
  };
  /** Puts a rule into the editor, or into the plain field where there is none. */
  const write = async (page, rules) => {
    if (!script) {
      await page.fill("#rules", rules);
      return;
    }
    await page.click(".cm-content");
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(rules);
  };
  const send = (page, what) => Promise.all([page.waitForEvent("load"), page.click(`button[value="${what}"]`)]);
  const rulesOn = (page) => page.locator("#rules").inputValue();

  test("a session that ends in the middle of an edit loses nothing of it", async () => {
    const page = await visit(PEOPLE.editor);
    expectComplaint(page, /40[13]/);
    await page.goto(farm.url + FILTER);
    await write(page, 'user_age < 10 & summary contains "kept over the end"');
    await page.fill("#reason", "kept, too");
    // The session ends elsewhere; the cookie stays.
    const other = await pageIn(page.context());
    const cookies = await page.context().cookies();
    await other.goto(`${farm.url}/me`);
    await other.locator(".ww-person summary").click();
    await Promise.all([other.waitForEvent("load"), other.click(".ww-person__menu form button")]);
    await other.close();
    await page.context().addCookies(cookies);
    await send(page, "save");
    await page.locator("h1", { hasText: "nothing is lost" }).waitFor();
    await Promise.all([page.waitForEvent("load"), page.click("main form button")]);
    await page.locator(".cdx-message", { hasText: "What you sent is kept" }).waitFor();
    await page.fill("#name", PEOPLE.editor.name);
    await page.fill("#password", PEOPLE.editor.password);
    await Promise.all([page.waitForEvent("load"), page.click("main form button")]);
    await Promise.all([page.waitForEvent("load"), page.click("main form button")]);
    await page.locator(".ww-flash", { hasText: "saved" }).waitFor();
    await page.goto(farm.url + FILTER);
    assert.equal(await rulesOn(page), 'user_age < 10 & summary contains "kept over the end"');
    await leave(page);
  });

  test("a form from before somebody else signed in, in another tab, is shown and sent with a click", async () => {
    const page = await visit(PEOPLE.editor);
    expectComplaint(page, /403/);
    await page.goto(farm.url + FILTER);
    await write(page, 'user_age < 10 & summary contains "kept over another session"');
    await page.fill("#reason", "kept, too");
    const other = await pageIn(page.context());
    await other.goto(`${farm.url}/me`);
    await other.locator(".ww-person summary").click();
    await Promise.all([other.waitForEvent("load"), other.click(".ww-person__menu form button")]);
    await signIn(other, farm, PEOPLE.steward);
    await other.close();
    await send(page, "save");
    await page.locator("main", { hasText: `now as ${PEOPLE.steward.name}` }).waitFor();
    assert.equal(await page.getByLabel("Reason").inputValue(), "kept, too");
    await Promise.all([page.waitForEvent("load"), page.click("main section form button")]);
    await page.locator(".ww-flash", { hasText: "saved" }).waitFor();
    assert.equal(await rulesOn(page), 'user_age < 10 & summary contains "kept over another session"');
    await leave(page);
  });

  test("a form that is refused has the keyboard at what is wrong, which leads to the fields", async () => {
    const page = await visit(PEOPLE.editor);
    expectComplaint(page, /422/);
    await page.goto(farm.url + FILTER);
    await page.fill("#name", "");
    await write(page, "summary contains (");
    await page.fill("#reason", "refused");
    await send(page, "save");
    const said = page.locator(".cdx-message--error[autofocus]");
    assert.equal(await said.evaluate((box) => box === document.activeElement), true);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "name");
    await said.locator('a[href="#rules"]').click();
    assert.equal(await page.evaluate(() => document.activeElement.matches("#rules, .cm-content")), true);
    assert.equal(await page.inputValue("#reason"), "refused");
    await leave(page);
  });

  test("two editors at once: the second sees both versions, and keeps the own one", async () => {
    const address = `${farm.url}/w/${WIKI}/filters/2`;
    const [first, second] = [await visit(PEOPLE.editor), await visit(PEOPLE.steward)];
    expectComplaint(second, /409/);
    await first.goto(address);
    await second.goto(address);
    await write(second, 'new_wikitext irlike "refusemark|mine"');
    await second.fill("#reason", "mine");
    await first.fill("#notes", "changed by the first");
    await first.fill("#reason", "first");
    await send(first, "save");
    await first.locator(".ww-flash", { hasText: "version 2" }).waitFor();
    await send(second, "save");
    await second.locator("h1", { hasText: "two changes at once" }).waitFor();
    const shown = await second.locator("main").textContent();
    assert.ok(shown.includes("refusemark|mine") && shown.includes("changed by the first"), shown);
    // Both go together, since they changed different things.
    await Promise.all([second.waitForEvent("load"), second.click('button[value="edit"].cdx-button--weight-primary')]);
    assert.equal(await rulesOn(second), 'new_wikitext irlike "refusemark|mine"');
    assert.equal(await second.inputValue("#notes"), "changed by the first");
    await second.fill("#reason", "both");
    await send(second, "save");
    await second.locator(".ww-flash", { hasText: "version 3" }).waitFor();
    await leave(first);
    await leave(second);
  });

  test("a rule of the longest length is saved, and a longer one stays in the field", async () => {
    const page = await visit(PEOPLE.editor);
    expectComplaint(page, /422/);
    const rule = (bytes) => {
      const head = 'summary == "long" /*';
      return `${head}${"x".repeat(bytes - head.length - 2)}*/`;
    };
    await page.goto(`${farm.url}/w/${WIKI}/filters/new`);
    await page.fill("#name", "As long as may be");
    await page.fill("#reason", "long");
    await write(page, rule(RULE_BYTES_MAX + 1));
    await send(page, "save");
    await page.locator(".cdx-message--error", { hasText: "65,531 bytes" }).first().waitFor();
    assert.equal((await rulesOn(page)).length, RULE_BYTES_MAX + 1);
    await write(page, rule(RULE_BYTES_MAX));
    await page.fill("#reason", "long");
    await send(page, "save");
    await page.locator(".ww-flash").waitFor();
    assert.equal((await rulesOn(page)).length, RULE_BYTES_MAX);
    await leave(page);
  });

  test("hostile names and texts are texts, as long as they may be", async () => {
    const text = `refusemark ${HOSTILE} ${"long ".repeat(200_000)}`;
    const edit = { user: HOSTILE.slice(0, 60), title: HOSTILE, summary: HOSTILE.repeat(20), text };
    assert.equal((await farm.act(edit)).decision, "refuse");
    const page = await visit(PEOPLE.editor);
    // The page of the hit, where all of it stands, by the list of hits and of filters, where some of it does.
    for (const address of ["/", `/w/${WIKI}/filters`, `/w/${WIKI}/hits`]) {
      await page.goto(farm.url + address);
      await nothingRan(page);
    }
    await Promise.all([page.waitForEvent("load"), page.locator("tbody tr th a").first().click()]);
    assert.ok((await page.locator(".ww-control", { hasText: "U+202E" }).count()) > 0);
    await nothingRan(page);
    await leave(page);
  });

  test("a line so slow that only the page itself arrives is enough to save", async () => {
    const page = await visit(PEOPLE.editor);
    expectComplaint(page, /assets/);
    await page.route("**/assets/**", (route) => route.abort("timedout"));
    await page.goto(farm.url + FILTER);
    await page.locator("#reason").waitFor();
    await page.fill("#rules", 'summary contains "slow line"');
    await page.fill("#reason", "over a slow line");
    await send(page, "save");
    await page.locator(".ww-flash", { hasText: "saved" }).waitFor();
    assert.equal(await rulesOn(page), 'summary contains "slow line"');
    await leave(page);
  });
});

/** Nothing of what was written by others ran, and no element of theirs is there. */
async function nothingRan(page) {
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  assert.equal(await page.locator("script:not([src])").count(), 0);
  const isScripted = await page.evaluate(() => true).catch(() => false);
  if (isScripted) {
    assert.equal(await page.evaluate(() => window.pwned), undefined);
  }
}

test("a check that takes long is said while it does, and what was typed stays", async (context) => {
  const farm = await startFarm();
  context.after(() => farm.stop());
  const page = await newPage(at.browser);
  await signIn(page, farm, PEOPLE.editor);
  await page.goto(farm.url + FILTER);
  await page.locator(".cm-content").waitFor();
  let answer;
  await page.route("**/rule/check", (route) => {
    answer = route;
  });
  await page.click(".cm-content");
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText("summary contains nosuchname");
  await page.locator("#rules-status", { hasText: "Checking" }).waitFor();
  await answer.continue();
  await page.locator(".ww-editor-notes", { hasText: "nosuchname" }).waitFor();
  assert.equal(await page.locator("#rules").inputValue(), "summary contains nosuchname");
  await page.unroute("**/rule/check");
  await page.context().close();
});

test("the first start leads from a link that works once to the first filter", async (context) => {
  const farm = await startFarm({ filters: [], wikis: [], people: {} });
  context.after(() => farm.stop());
  // A start makes the links of those before useless.
  const link = [...(await farm.log()).matchAll(/https?:\/\/\S+\/welcome\/\S+/g)].at(-1)?.[0];
  assert.ok(link, await farm.log());
  const page = await newPage(at.browser, { width: 360 });
  await page.goto(`${farm.url}/`);
  await page.locator("main", { hasText: "printed when it started" }).waitFor();
  await page.goto(link);
  await page.fill("#name", "Ada");
  await page.fill("#password", "correct horse battery");
  await page.fill("#again", "correct horse battery");
  await Promise.all([page.waitForEvent("load"), page.click("main form button")]);
  await page.locator(".ww-flash", { hasText: "Welcome, Ada." }).waitFor();
  // From page to page by what each offers.
  await Promise.all([page.waitForEvent("load"), page.click('main a[href="/wikis"]')]);
  await page.fill("#wiki", "firstwiki");
  await page.fill("#label", "First Wiki");
  await page.fill("#url", "https://first.example/");
  await page.fill("#language_code", "en");
  await Promise.all([page.waitForEvent("load"), page.click("main form button.cdx-button--weight-primary")]);
  await page.goto(`${farm.url}/w/firstwiki/filters`);
  await page.locator(".ww-empty", { hasText: "A new filter is a draft" }).waitFor();
  await page.goto(`${farm.url}/`);
  await Promise.all([page.waitForEvent("load"), page.click('main a[href="/w/firstwiki/filters/new"]')]);
  await page.fill("#name", "My first filter");
  await page.click(".cm-content");
  await page.keyboard.insertText('summary contains "spam"');
  await page.fill("#reason", "a beginning");
  await Promise.all([page.waitForEvent("load"), page.click('button[value="save"]')]);
  await page.locator(".ww-flash").waitFor();
  assertQuiet(page);
  await page.context().close();
});
