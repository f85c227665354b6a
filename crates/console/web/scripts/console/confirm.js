// Asks before an act that says so: <button data-confirm="What will happen." data-confirm-yes="Disable">.
// Without scripts the act is carried out, or its page asks.

import { make, makeButton, text } from "./texts.js";

/** Asks before forms are sent by buttons with `data-confirm`. */
export function confirmActs(root) {
  root.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.confirm || button.dataset.confirmed) {
      return;
    }
    event.preventDefault();
    const yes = makeButton(
      button.dataset.confirmYes ?? (button.textContent.trim() || text("confirm")),
      `cdx-button--weight-primary cdx-button--action-${
        button.classList.contains("cdx-button--action-destructive") ? "destructive" : "progressive"
      }`,
    );
    const no = makeButton(button.dataset.confirmNo ?? text("cancel"));
    const words = make("p", { id: "ww-confirm-words", textContent: button.dataset.confirm });
    const dialog = make("dialog", { className: "ww-dialog" }, words, make("div", { className: "ww-actions" }, no, yes));
    dialog.setAttribute("aria-labelledby", words.id);
    no.onclick = () => dialog.close();
    yes.onclick = () => {
      dialog.close();
      button.dataset.confirmed = "1";
      button.form.requestSubmit(button);
      delete button.dataset.confirmed;
    };
    dialog.addEventListener("close", () => {
      dialog.remove();
      button.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
