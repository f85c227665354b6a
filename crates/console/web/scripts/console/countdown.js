// What is left of a short time, second by second: `<time data-countdown datetime="…">`.

/** Milliseconds as minutes and seconds, `1:05`; never less than nothing. */
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Writes every countdown of `root` anew, each second. */
export function countdowns(root) {
  const write = () => {
    for (const element of root.querySelectorAll("time[data-countdown][datetime]")) {
      const end = Date.parse(element.dateTime);
      if (!Number.isNaN(end)) {
        element.textContent = clock(end - Date.now());
      }
    }
  };
  if (root.querySelector("time[data-countdown]")) {
    setInterval(() => document.hidden || write(), 1000);
  }
}
