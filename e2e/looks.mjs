// How pages look: screenshots compared with those in e2e/looks, with a tolerance for fonts and machines.
//
// With WIKIWARD_LOOKS=write they are written anew; then look at them. Where a page changed on purpose, that is all there
// is to do. Differences are left in target/looks.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import assert from "node:assert/strict";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("looks/", import.meta.url));
const target = fileURLToPath(new URL("../target/looks/", import.meta.url));

/** Pictures are compared at a quarter of their size, where letters are grey and boxes are boxes. */
const SCALE = 4;

/** A point differs if a colour is further off than this, of 255. */
const POINT = 48;

/** Share of points that may differ, and of the height: another font breaks lines elsewhere. */
const TOLERANCE = { points: 0.03, height: 0.04 };

/** How often a page that looks different is looked at again. */
const RETRIES = 3;

/** The page looks as it did. `name` is the picture's; `page` has the size that it is to be looked at in. */
export async function assertLooks(page, name, options = {}) {
  const different = await looksDifferent(page, name, options);
  assert.ok(!different, different);
}

/**
 * In what the page looks different from its picture, in words; null if it looks as it did. `isSmall` keeps the picture in the
 * size that is compared, for the many that nobody leafs through: what the page looks like now is in target/looks in full.
 */
export async function looksDifferent(page, name, { tolerance = TOLERANCE, mask = [], isSmall = false } = {}) {
  let now = await picture(page, mask);
  const file = path.join(folder, `${name}.jpeg`);
  if (process.env.WIKIWARD_LOOKS === "write") {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, isSmall ? await reduced(page, now) : now);
    return null;
  }
  const before = await readFile(file).catch(() => null);
  if (!before) {
    return `there is no e2e/looks/${name}.jpeg yet: WIKIWARD_LOOKS=write writes it`;
  }
  const isOff = ({ points, height }) => points > tolerance.points || height > tolerance.height;
  let found = await difference(page, before, now, isSmall ? 1 : SCALE);
  // Icons and marks of the editor may come a moment after the page.
  for (let again = 0; again < RETRIES && isOff(found); again += 1) {
    now = await picture(page, mask);
    found = await difference(page, before, now, isSmall ? 1 : SCALE);
  }
  const { points, height } = found;
  if (isOff(found)) {
    const shown = path.join(target, `${name}.jpeg`);
    await mkdir(path.dirname(shown), { recursive: true });
    await writeFile(shown, now);
    return (
      `${name} looks different: ${(points * 100).toFixed(1)} % of its points, ${(height * 100).toFixed(1)} % of its height. ` +
      `Compare target/looks/${name}.jpeg with e2e/looks/${name}.jpeg; WIKIWARD_LOOKS=write takes the new one`
    );
  }
  return null;
}

/** How often a picture is taken again that does not show the whole page. */
const TAKES = 40;

/**
 * The whole page, once it has come to rest. The window is made as high as the page. While Chromium changes its size, a picture
 * may show what was there before, again and again: a mark in the last corner tells whether it shows the page to its end.
 */
async function picture(page, mask) {
  const window = page.viewportSize();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: window.width, height: Math.max(window.height, height) });
  await page.evaluate(setMark);
  try {
    for (let take = 0; take < TAKES; take += 1) {
      await page.evaluate(rest);
      const taken = await page.screenshot({
        type: "jpeg",
        quality: 40,
        animations: "disabled",
        caret: "hide",
        mask: mask.map((selector) => page.locator(selector)),
      });
      if (await isWhole(page, taken)) {
        return taken;
      }
    }
    throw new Error(`Chromium gave no whole picture of ${page.url()} in ${TAKES} takes`);
  } finally {
    await page.evaluate(() => document.querySelector("[data-mark]")?.remove());
    await page.setViewportSize(window);
  }
}

async function rest() {
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** Puts a square of a colour that no page has into the corner where the page ends. */
function setMark() {
  const mark = document.createElement("div");
  mark.dataset.mark = "";
  const style = { position: "fixed", right: "0", bottom: "0", width: "16px", height: "16px", background: "#f0f", zIndex: "999" };
  Object.assign(mark.style, style);
  document.body.append(mark);
}

/** Whether a picture has the mark. */
async function isWhole(page, picture) {
  const blank = await reader(page);
  return blank.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.drawImage(image, 8 - image.width, 8 - image.height);
    image.close();
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return red > 200 && green < 90 && blue > 200;
  }, picture.toString("base64"));
}

/** By context, an empty page that reads pictures: making one for each comparison takes as long as the comparison. */
const readers = new WeakMap();

function reader(page) {
  const context = page.context();
  if (!readers.has(context)) {
    readers.set(context, context.newPage());
  }
  return readers.get(context);
}

/** A picture in the size in which pictures are compared. */
async function reduced(page, picture) {
  const blank = await reader(page);
  const letters = await blank.evaluate(
    async ([data, scale]) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
      const canvas = new OffscreenCanvas(Math.ceil(image.width / scale), Math.ceil(image.height / scale));
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, image.width / scale, image.height / scale);
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.6 });
      return String.fromCharCode(...new Uint8Array(await blob.arrayBuffer()));
    },
    [picture.toString("base64"), SCALE],
  );
  return Buffer.from(letters, "latin1");
}

/**
 * Share of points and of the height in which two pictures differ; computed by the browser, which can read them. `kept` is what
 * the earlier one is still to be reduced by.
 */
async function difference(page, before, now, kept) {
  const blank = await reader(page);
  return blank.evaluate(
    async ([one, other, kept, scale, most]) => {
      const read = async (data) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
      };
      const [a, b] = [await read(one), await read(other)];
      const width = Math.ceil(Math.max(a.width / kept, b.width / scale));
      const height = Math.ceil(Math.max(a.height / kept, b.height / scale));
      const points = (image, scale) => {
        const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, image.width / scale, image.height / scale);
        return context.getImageData(0, 0, width, height).data;
      };
      const [left, right] = [points(a, kept), points(b, scale)];
      let differing = 0;
      for (let at = 0; at < left.length; at += 4) {
        const off = Math.max(...[0, 1, 2].map((part) => Math.abs(left[at + part] - right[at + part])));
        differing += off > most ? 1 : 0;
      }
      const [high, low] = [a.height / kept, b.height / scale].sort((x, y) => y - x);
      a.close();
      b.close();
      return { points: differing / (width * height), height: (high - low) / high };
    },
    [before.toString("base64"), now.toString("base64"), kept, SCALE, POINT],
  );
}
