// Asks before a page with unsaved changes is left: <form data-guard>.

/** What a form would send, as one comparable text. */
function content(form) {
  return JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));
}

/** Guards the forms with `data-guard`. What a browser restores by itself counts as a change, as it should. */
export function guardForms(root) {
  const forms = new Map();
  for (const form of root.querySelectorAll("form[data-guard]")) {
    // A form that came back with errors holds what was typed, not what is stored.
    forms.set(form, form.dataset.guard === "changed" ? "" : content(form));
  }
  if (forms.size > 0) {
    // On the window, after everything that may still refuse to send.
    addEventListener("submit", ({ target, defaultPrevented }) => defaultPrevented || forms.delete(target));
    addEventListener("beforeunload", (event) => {
      if ([...forms].some(([form, before]) => form.isConnected && content(form) !== before)) {
        event.preventDefault();
      }
    });
  }
}
