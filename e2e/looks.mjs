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

/** The page looks as it did. `name` is the picture's; `page` has the size that it is to be looked at in. */
export async function assertLooks(page, name, { tolerance = TOLERANCE, mask = [] } = {}) {
  await page.evaluate(() => document.fonts.ready);
  const now = await page.screenshot({
    type: "jpeg",
    quality: 40,
    fullPage: true,
    animations: "disabled",
    caret: "hide",
    mask: mask.map((selector) => page.locator(selector)),
  });
  const file = path.join(folder, `${name}.jpeg`);
  if (process.env.WIKIWARD_LOOKS === "write") {
    await mkdir(folder, { recursive: true });
    await writeFile(file, now);
    return;
  }
  const before = await readFile(file).catch(() => null);
  assert.ok(before, `there is no e2e/looks/${name}.jpeg yet: WIKIWARD_LOOKS=write writes it`);
  const { points, height } = await difference(page, before, now);
  if (points > tolerance.points || height > tolerance.height) {
    await mkdir(target, { recursive: true });
    await writeFile(path.join(target, `${name}.jpeg`), now);
    assert.fail(
      `${name} looks different: ${(points * 100).toFixed(1)} % of its points, ${(height * 100).toFixed(1)} % of its height. ` +
        `Compare target/looks/${name}.jpeg with e2e/looks/${name}.jpeg; WIKIWARD_LOOKS=write takes the new one`,
    );
  }
}

/** Share of points and of the height in which two pictures differ; computed by the browser, which can read them. */
async function difference(page, before, now) {
  const blank = await page.context().newPage();
  try {
    return await blank.evaluate(
      async ([one, other, scale, most]) => {
        const read = async (data) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
        };
        const [a, b] = [await read(one), await read(other)];
        const width = Math.ceil(Math.max(a.width, b.width) / scale);
        const height = Math.ceil(Math.max(a.height, b.height) / scale);
        const points = (image) => {
          const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
          context.imageSmoothingQuality = "high";
          context.drawImage(image, 0, 0, image.width / scale, image.height / scale);
          return context.getImageData(0, 0, width, height).data;
        };
        const [left, right] = [points(a), points(b)];
        let differing = 0;
        for (let at = 0; at < left.length; at += 4) {
          const off = Math.max(...[0, 1, 2].map((part) => Math.abs(left[at + part] - right[at + part])));
          differing += off > most ? 1 : 0;
        }
        return { points: differing / (width * height), height: Math.abs(a.height - b.height) / Math.max(a.height, b.height) };
      },
      [before.toString("base64"), now.toString("base64"), SCALE, POINT],
    );
  } finally {
    await blank.close();
  }
}
