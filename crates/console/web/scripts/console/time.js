// Times as people say them: "3 minutes ago", with the exact time in the tooltip.

const STEPS = [
  ["second", 1000, 60],
  ["minute", 60_000, 60],
  ["hour", 3_600_000, 24],
  ["day", 86_400_000, 7],
  ["week", 604_800_000, 5],
  ["month", 2_629_746_000, 12],
  ["year", 31_556_952_000, Infinity],
];

/** How far `then` is from `now` (both in milliseconds), in the largest unit that is not zero: `[count, unit]`. */
export function distance(then, now) {
  const milliseconds = then - now;
  for (const [unit, size, most] of STEPS) {
    const count = Math.trunc(milliseconds / size);
    if (Math.abs(count) < most) {
      return [count, unit];
    }
  }
  return [0, "second"];
}

/** Writes every `<time data-relative>` of `root` anew, and again each half minute. */
export function relativeTimes(root) {
  let words;
  const write = () => {
    for (const element of root.querySelectorAll("time[data-relative][datetime]")) {
      const then = Date.parse(element.dateTime);
      if (!Number.isNaN(then)) {
        words ??= new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
        element.title ||= element.textContent.trim();
        element.textContent = words.format(...distance(then, Date.now()));
      }
    }
  };
  write();
  document.addEventListener("ww-changed", write);
  setInterval(() => document.hidden || write(), 30_000);
}
