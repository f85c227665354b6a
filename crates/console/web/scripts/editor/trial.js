// Tries the rule without leaving the page: <button data-try-url="/w/enwiki/rule/try" data-try-into="#results">. The
// answer is a part of a page. Without scripts, and where no answer comes, the button sends its form.

/** Enhances the buttons of `root`. */
export function trials(root) {
  let running;
  root.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-try-url]");
    const place = button && root.querySelector(button.dataset.tryInto);
    if (!place || !button.form || button.dataset.plain) {
      return;
    }
    event.preventDefault();
    running?.abort();
    const mine = new AbortController();
    running = mine;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(button.dataset.tryUrl, {
        method: "POST",
        body: new URLSearchParams(new FormData(button.form, button)),
        headers: { accept: "text/html" },
        signal: mine.signal,
      });
      if (!answer.ok || answer.redirected) {
        throw new Error(String(answer.status));
      }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      // The button may stand in what is replaced: the keyboard goes on from there.
      const isInside = place.contains(document.activeElement);
      place.replaceChildren(...fresh.childNodes);
      if (isInside) {
        place.focus();
      }
      document.dispatchEvent(new Event("ww-changed"));
    } catch {
      if (mine === running) {
        // The page itself says what is wrong, such as a session that has ended, and keeps what was typed.
        button.dataset.plain = "1";
        button.click();
        delete button.dataset.plain;
      }
    } finally {
      if (mine === running) {
        place.removeAttribute("aria-busy");
      }
    }
  });
}
