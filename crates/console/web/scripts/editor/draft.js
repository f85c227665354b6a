// What was typed and not saved, kept for this window's session: a crash or an expired session loses nothing.

import { make, makeButton } from "../console/texts.js";
import { words } from "./texts.js";

/** Texts beyond this are not kept: the browser's store holds a few megabytes in all. */
const LETTERS_MAX = 1_000_000;

/** The place of a field's draft in the session's store. */
export function draftKey(pathname, name) {
  return `ww-draft:${pathname}:${name}`;
}

/** What a stored draft says: `{ text, at }`, or `null` for none, a broken one, or one that the field holds already. */
export function readDraft(stored, current) {
  try {
    const draft = JSON.parse(stored);
    return typeof draft?.text === "string" && draft.text !== current ? draft : null;
  } catch {
    return null;
  }
}

/** Keeps the draft of `textarea`; offers the one that is there before `place`. `put` writes a text into the editor. */
export function keepDraft(textarea, place, put) {
  const key = draftKey(location.pathname, textarea.name);
  const served = textarea.value;
  const store = (change) => {
    try {
      return change(sessionStorage);
    } catch {
      return null;
    }
  };
  const draft = readDraft(
    store((kept) => kept.getItem(key)),
    served,
  );
  let isOffered = Boolean(draft);
  if (draft) {
    const restore = makeButton(words("editor-draft-restore"), "cdx-button--action-progressive");
    const discard = makeButton(words("editor-draft-discard"));
    const when = new Date(draft.at).toLocaleString(document.documentElement.lang || undefined);
    const notice = make(
      "div",
      { className: "cdx-message cdx-message--block cdx-message--notice ww-flash" },
      make("span", { className: "cdx-message__icon" }),
      make(
        "div",
        { className: "cdx-message__content" },
        make("p", { textContent: words("editor-draft", when) }),
        make("div", { className: "ww-actions" }, restore, discard),
      ),
    );
    notice.setAttribute("role", "status");
    const done = () => {
      isOffered = false;
      notice.remove();
    };
    restore.onclick = () => {
      done();
      put(draft.text);
    };
    discard.onclick = () => {
      done();
      save();
    };
    place.before(notice);
  } else {
    store((kept) => kept.removeItem(key));
  }
  const save = () => {
    const text = textarea.value;
    if (text === served) {
      // A draft that is still offered stays, until it is taken or thrown away.
      return isOffered || store((kept) => kept.removeItem(key));
    }
    return text.length <= LETTERS_MAX && store((kept) => kept.setItem(key, JSON.stringify({ text, at: Date.now() })));
  };
  let timer;
  textarea.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  });
  addEventListener("pagehide", save);
}
