// Parts of a page that are brought up to date: data-live-url, every data-live-seconds while the page is seen.

import { make, makeButton, say, text } from "./texts.js";

/** Waits between tries after an answer that did not come, in multiples of the part's own pace; then it gives up. */
const WAITS = [1, 2, 4];

/** What can hold the keyboard's focus. */
const FOCUSABLE = "a[href],button,input,select,textarea,summary,[tabindex]";

/** Brings the parts below `root` up to date. */
export function liveParts(root) {
  root.querySelectorAll("[data-live-url]").forEach(live);
}

function live(part) {
  const pace = Math.max(2, Number(part.dataset.liveSeconds) || 30) * 1000;
  const button = makeButton(text("live-pause"), "cdx-button--weight-quiet");
  const words = make("span", { className: "ww-live-note" });
  part.after(make("div", { className: "ww-actions" }, button, words));
  let timer;
  let failed = 0;
  let isPaused = false;
  const again = (wait) => {
    clearTimeout(timer);
    if (!isPaused) {
      timer = setTimeout(run, wait);
    }
  };
  const pause = (note) => {
    isPaused = true;
    clearTimeout(timer);
    button.textContent = text("live-resume");
    words.textContent = note;
    if (note) {
      say(note);
    }
  };
  const run = async () => {
    if (document.hidden) {
      return;
    }
    try {
      const answer = await fetch(part.dataset.liveUrl, { headers: { accept: "text/html" }, cache: "no-store" });
      if (answer.redirected || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) {
        // The session has ended, or the right to see this: trying again would not help.
        failed = WAITS.length;
      }
      if (!answer.ok || answer.redirected) {
        throw new Error(String(answer.status));
      }
      const html = await answer.text();
      failed = 0;
      if (!isPaused) {
        replace(part, html);
      }
      again(pace);
    } catch {
      if (failed >= WAITS.length) {
        pause(text("live-failed"));
      } else {
        again(pace * WAITS[failed]);
        failed += 1;
      }
    }
  };
  button.onclick = () => {
    if (isPaused) {
      isPaused = false;
      failed = 0;
      button.textContent = text("live-pause");
      words.textContent = "";
      run();
    } else {
      pause("");
    }
  };
  document.addEventListener("visibilitychange", () => document.hidden || again(0));
  again(pace);
}

/** Puts new content in place, with the focus, what is unfolded, and without touching what is being selected. */
function replace(part, html) {
  const selection = getSelection();
  if (part.wwShown === html || (!selection.isCollapsed && selection.containsNode(part, true))) {
    return;
  }
  part.wwShown = html;
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? [...part.querySelectorAll(FOCUSABLE)].indexOf(focused) : -1;
  part.querySelectorAll("details[open][id]").forEach(({ id }) => {
    fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  });
  const said = part.querySelector("[data-live-say]")?.textContent;
  part.replaceChildren(...fresh.childNodes);
  if (focused) {
    const same = focused.id && document.getElementById(focused.id);
    (same || part.querySelectorAll(FOCUSABLE)[place])?.focus({ preventScroll: true });
  }
  const now = part.querySelector("[data-live-say]")?.textContent;
  if (now && now !== said) {
    say(now);
  }
  document.dispatchEvent(new Event("ww-changed"));
}
