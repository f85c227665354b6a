import test from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

// Linear RGB as people see it who lack one kind of cone: Machado, Oliveira and Fernandes (2009), full severity.
const SIGHTS = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const rgb = (hex) => {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
  return [1, 3, 5].map((at) => linear(parseInt(full.slice(at, at + 2), 16) / 255));
};
const seen = (colour, matrix) =>
  matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, part, at) => sum + part * colour[at], 0))));
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** A colour in OKLab, where distances are as large as they look. */
function lab([r, g, b]) {
  const [l, m, s] = [
    0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
    0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
    0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
  ].map(Math.cbrt);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

async function colours(file) {
  const text = await readFile(new URL(`../styles/${file}.css`, import.meta.url), "utf8");
  return Object.fromEntries([...text.matchAll(/--ww-([a-z0-9-]+): (#[0-9a-f]+);/g)].map(([, name, hex]) => [name, rgb(hex)]));
}

const GROUNDS = { "theme-light": "#ffffff", "theme-dark": "#101418", "theme-contrast": "#ffffff", "theme-contrast-dark": "#000000" };

test("the series of charts stand out from the page and from each other, for every kind of sight", async () => {
  const problems = [];
  for (const [file, ground] of Object.entries(GROUNDS)) {
    const all = await colours(file);
    const series = ["c1", "c2", "c3", "c4", "c5", "c6"];
    for (const name of series) {
      const [a, b] = [luminance(all[name]), luminance(rgb(ground))].sort((x, y) => y - x);
      if ((a + 0.05) / (b + 0.05) < 3) {
        problems.push(`${file} ${name}: contrast ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
      }
    }
    for (const [sight, matrix] of Object.entries(SIGHTS)) {
      const shown = series.map((name) => lab(seen(all[name], matrix)));
      shown.forEach((one, i) =>
        shown.slice(i + 1).forEach((other, j) => {
          const distance = Math.hypot(...one.map((part, at) => part - other[at]));
          // Neighbours stand on each other in bars; those further apart are told apart by dashes and order as well.
          const least = j === 0 ? 0.09 : 0.05;
          if (distance < least) {
            problems.push(`${file} ${sight}: ${series[i]} and ${series[i + 1 + j]} are ${distance.toFixed(3)} apart`);
          }
        }),
      );
    }
  }
  assert.deepEqual(problems, []);
});

test("the colours of rules can be read", async () => {
  for (const [file, ground] of Object.entries(GROUNDS)) {
    for (const [name, colour] of Object.entries(await colours(file))) {
      if (name.startsWith("tok-")) {
        const [a, b] = [luminance(colour), luminance(rgb(ground))].sort((x, y) => y - x);
        const least = file.includes("contrast") ? 7 : 4.5;
        assert.ok((a + 0.05) / (b + 0.05) >= least, `${file} ${name}`);
      }
    }
  }
});
