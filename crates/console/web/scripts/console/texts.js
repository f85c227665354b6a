// The few words that scripts say, in the page's language: <meta name="ww-texts" content='{"copied": "…"}'>.

const ENGLISH = {
  cancel: "Cancel",
  close: "Close",
  confirm: "Go on",
  copied: "Copied",
  "keys-off": "Turn shortcuts off",
  "keys-on": "Turn shortcuts on",
  "live-failed": "No longer brought up to date.",
  "live-pause": "Pause updates",
  "live-resume": "Go on updating",
  search: "Search",
  shortcuts: "Keyboard shortcuts",
};

let texts;

/** The text of a key. A page that gives none is read in English. */
export function text(key, english = ENGLISH) {
  if (!texts) {
    const given = document.querySelector('meta[name="ww-texts"]')?.content;
    texts = given ? JSON.parse(given) : {};
  }
  return texts[key] ?? english[key] ?? key;
}

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The pieces of a text in which words between backticks are code. A backtick without another one stands for itself. */
export function withCode(text) {
  return String(text ?? "")
    .split(/(`[^`]*`)/)
    .filter(Boolean)
    .map((piece) =>
      /^`[^`]*`$/.test(piece) ? make("code", { className: "ww-code", dir: "ltr", textContent: piece.slice(1, -1) }) : piece,
    );
}

/** A button in Codex's look; `kind` is the end of further classes. */
export function makeButton(label, kind = "") {
  return make("button", { type: "button", className: `cdx-button ${kind}`, textContent: label });
}

/** Says something to who listens instead of looking, once. */
export function say(words) {
  let place = document.getElementById("ww-say");
  if (!place) {
    place = make("div", { id: "ww-say", className: "ww-hidden" });
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = "";
  setTimeout(() => (place.textContent = words), 50);
}
