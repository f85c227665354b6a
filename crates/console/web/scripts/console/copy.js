// Buttons that copy: data-copy names the element whose text, or the field whose value, is copied.

import { say, text } from "./texts.js";

/** Enhances buttons with `data-copy="#id"`. */
export function copyButtons(root) {
  root.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    const from = button && root.querySelector(button.dataset.copy);
    if (!from) {
      return;
    }
    const words = from.value ?? from.textContent;
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      // No permission, or not a secure address: what can be selected can be copied by hand.
      getSelection().selectAllChildren(from);
      return;
    }
    const label = button.textContent;
    button.textContent = text("copied");
    say(text("copied"));
    setTimeout(() => (button.textContent = label), 2000);
  });
}
