// Keyboard shortcuts: "/" goes to the search, "?" lists all, data-key="g f" on a link or button follows it.
// They never act while something is typed, and can be turned off for good.

import { make, makeButton, text } from "./texts.js";

const STORED = "ww-keys";

/**
 * What a key does after the keys before it. `known` are sequences such as "g f". Returns `[hit, rest]`: the sequence
 * that is complete, if one is, and what is waited for otherwise.
 */
export function advance(known, before, key) {
  for (const typed of before ? [`${before} ${key}`, key] : [key]) {
    if (known.includes(typed)) {
      return [typed, ""];
    }
    if (known.some((one) => one.startsWith(`${typed} `))) {
      return [null, typed];
    }
  }
  return [null, ""];
}

/** Listens for shortcuts on the whole page. */
export function shortcuts(root) {
  let before = "";
  let timer;
  const search = () => root.querySelector("[data-search],main input[type=search]");
  root.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const isTyping = target.isContentEditable || target.matches?.("input,textarea,select,[contenteditable]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || key.length > 1 || isOff() || isAsking()) {
      return;
    }
    const linked = [...root.querySelectorAll("[data-key]")];
    const known = ["?", "/", ...linked.map((element) => element.dataset.key)];
    const [hit, rest] = advance(known, before, key);
    before = rest;
    clearTimeout(timer);
    timer = setTimeout(() => (before = ""), 1500);
    if (hit === "?") {
      list(linked);
    } else if (hit === "/") {
      search()?.focus();
    } else if (hit) {
      linked.find((element) => element.dataset.key === hit).click();
    }
    if (hit) {
      event.preventDefault();
    }
  });
  root.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-shortcuts]")) {
      list([...root.querySelectorAll("[data-key]")]);
    }
  });
}

function list(linked) {
  const rows = [["/", text("search")], ["?", text("shortcuts")]];
  rows.push(...linked.map((element) => [element.dataset.key, element.ariaLabel || element.textContent.trim()]));
  const facts = make("dl", { className: "ww-dl" });
  for (const [keys, what] of rows) {
    const shown = keys.split(" ").flatMap((key) => [make("kbd", { textContent: key }), " "]);
    facts.append(make("dt", {}, ...shown), make("dd", { textContent: what }));
  }
  const head = make("h2", { id: "ww-keys-head", textContent: text("shortcuts") });
  const toggle = makeButton(text(isOff() ? "keys-on" : "keys-off"));
  const close = makeButton(text("close"), "cdx-button--weight-primary cdx-button--action-progressive");
  const actions = make("div", { className: "ww-actions" }, toggle, close);
  const dialog = make("dialog", { className: "ww-dialog" }, head, facts, actions);
  dialog.setAttribute("aria-labelledby", head.id);
  close.onclick = () => dialog.close();
  toggle.onclick = () => {
    store(isOff() ? null : "off");
    dialog.close();
  };
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}

function isAsking() {
  return document.querySelector("dialog[open]") !== null;
}

function isOff() {
  try {
    return localStorage.getItem(STORED) === "off";
  } catch {
    return false;
  }
}

function store(value) {
  try {
    if (value) {
      localStorage.setItem(STORED, value);
    } else {
      localStorage.removeItem(STORED);
    }
  } catch {
    // Nothing may be kept here: then shortcuts are on.
  }
}
