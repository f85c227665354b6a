import test from "node:test";
import assert from "node:assert/strict";
import { clock } from "../scripts/console/countdown.js";
import { advance } from "../scripts/console/keys.js";
import { cuts } from "../scripts/console/ranges.js";
import { distance } from "../scripts/console/time.js";

test("a distance in time has the largest unit that it fills", () => {
  const check = (seconds, expected) => assert.deepEqual(distance(seconds * 1000, 0), expected);
  check(0, [0, "second"]);
  check(-59, [-59, "second"]);
  check(-60, [-1, "minute"]);
  check(-3599, [-59, "minute"]);
  check(7200, [2, "hour"]);
  check(-86_400 * 6, [-6, "day"]);
  check(-86_400 * 8, [-1, "week"]);
  check(-86_400 * 45, [-1, "month"]);
  check(-86_400 * 400, [-1, "year"]);
});

test("a unit that is whole at its end is never said as none of the next", () => {
  for (let seconds = 1; seconds < 86_400 * 800; seconds = Math.ceil(seconds * 1.01)) {
    const [count] = distance(-seconds * 1000, 0);
    assert.ok(count < 0, `${seconds} s`);
  }
});

test("ranges are cut out of a text without gaps", () => {
  assert.deepEqual(cuts(10, [[2, 4]]), [[0, 2, false], [2, 4, true], [4, 10, false]]);
  assert.deepEqual(cuts(4, []), [[0, 4, false]]);
  assert.deepEqual(cuts(0, [[0, 3]]), []);
});

test("ranges that overlap, touch, or lie outside become what is inside", () => {
  assert.deepEqual(cuts(10, [[5, 8], [2, 6]]), [[0, 2, false], [2, 8, true], [8, 10, false]]);
  assert.deepEqual(cuts(6, [[0, 3], [3, 6]]), [[0, 6, true]]);
  assert.deepEqual(cuts(6, [[-5, 2], [4, 99], [7, 9], [3, 3]]), [[0, 2, true], [2, 4, false], [4, 6, true]]);
  assert.deepEqual(cuts(6, [[0, 6], [2, 3]]), [[0, 6, true]]);
});

test("sequences of keys are followed, and begin anew after a wrong one", () => {
  const known = ["?", "/", "g f", "g h"];
  assert.deepEqual(advance(known, "", "g"), [null, "g"]);
  assert.deepEqual(advance(known, "g", "f"), ["g f", ""]);
  assert.deepEqual(advance(known, "g", "?"), ["?", ""]);
  assert.deepEqual(advance(known, "g", "x"), [null, ""]);
  assert.deepEqual(advance(known, "g", "g"), [null, "g"]);
});

test("a countdown shows minutes and seconds, and never less than nothing", () => {
  assert.equal(clock(119_600), "2:00");
  assert.equal(clock(61_400), "1:01");
  assert.equal(clock(-5_000), "0:00");
});
