// Serves the samples: the style guide, and what the browser tests of styles and scripts look at.
//
// `npm run samples` says its address. A sample is the inside of <body>; the frame around it is made here, with the
// policy that the console sends. ?theme=light|dark|contrast|auto and ?dir=rtl choose what is looked at.

import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { answer } from "./answers.mjs";

const folder = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(folder, "../dist");

/** The policy of the console's pages, as strict as theirs. */
export const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

const TYPES = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain" };

/** Names of the samples, in order. */
export async function names() {
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith(".html")).map((file) => file.slice(0, -5)).sort();
}

/** Starts the server; resolves to `{ url, close }`. */
export async function serve(port = 0) {
  const manifest = JSON.parse(await readFile(path.join(dist, "manifest.json"), "utf8"));
  const server = createServer((request, response) => {
    handle(manifest, request, response).catch((error) => {
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error));
    });
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function handle(manifest, request, response) {
  const url = new URL(request.url, "http://localhost");
  const send = (status, type, body) => {
    const headers = { "content-type": `${type}; charset=utf-8`, "content-security-policy": POLICY };
    response.writeHead(status, { ...headers, "x-content-type-options": "nosniff" });
    response.end(body);
  };
  if (url.pathname.startsWith("/assets/")) {
    const file = path.basename(url.pathname);
    return send(200, TYPES[path.extname(file)] ?? "application/octet-stream", await readFile(path.join(dist, file)));
  }
  const name = url.pathname.slice(1) || "all";
  const known = await names();
  if (known.includes(name)) {
    return send(200, "text/html", await page(manifest, name, known, url.searchParams));
  }
  const body = await new Promise((resolve) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => resolve(text));
  });
  const [status, type, content] = answer(url, body);
  return send(status, type, content);
}

async function page(manifest, name, known, query) {
  const theme = query.get("theme") ?? "auto";
  const rtl = query.get("dir") === "rtl";
  const inner = await readFile(path.join(folder, `${name}.html`), "utf8");
  const asset = (logical) => `/assets/${manifest[logical]}`;
  const links = known.map((one) => {
    const current = one === name ? ` aria-current="page"` : "";
    return `<li><a href="/${one}?${query}"${current}>${one}</a></li>`;
  });
  const texts = JSON.stringify({ copied: "Copied" });
  const editor = name === "editor" ? ["editor.css", "editor.js"] : [];
  return `<!doctype html>
<html class="theme-${theme}" lang="${rtl ? "ar" : "en"}" dir="${rtl ? "rtl" : "ltr"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf" content="sample">
<meta name="ww-texts" content='${texts}'>
<title>${name} – samples</title>
<link rel="icon" href="${asset("icon.svg")}">
<link rel="stylesheet" href="${asset("console.css")}">
${editor.includes("editor.css") ? `<link rel="stylesheet" href="${asset("editor.css")}">` : ""}
<script type="module" src="${asset("console.js")}"></script>
${editor.includes("editor.js") ? `<script type="module" src="${asset("editor.js")}"></script>` : ""}
</head>
<body>
<a class="ww-skip" href="#main">Skip to content</a>
<header class="ww-header">
<a class="ww-brand" href="/"><img src="${asset("icon.svg")}" alt="" width="24" height="24">Wikiward</a>
<form class="ww-wiki" action="/go"><label class="ww-hidden" for="wiki">Wiki</label>
<select class="cdx-select" id="wiki" name="wiki"><option>beispielwiki</option><option>examplewiki</option></select>
<button class="cdx-button cdx-button--weight-quiet">Go</button></form>
<details class="ww-person"><summary><bdi>Sample person</bdi></summary><div class="ww-person__menu">
<a href="/me">My account</a><form method="post" action="/sign-out"><button class="cdx-button cdx-button--weight-quiet">Sign out</button></form></div></details>
</header>
<div class="ww-frame">
<nav class="ww-nav" aria-label="Pages"><ul>${links.join("")}</ul>
<h2 class="ww-nav__heading">Farm</h2><ul><li><a href="/wikis" data-key="g w">Wikis</a></li><li><a href="/rights">Rights</a></li></ul></nav>
<main class="ww-main" id="main" tabindex="-1">
${inner}
</main>
</div>
<footer class="ww-foot">
<form class="ww-preferences" method="post" action="/preferences"><label for="theme">Look</label> <select class="cdx-select" id="theme" name="theme"><option>as the device</option><option>high contrast</option></select> <button class="cdx-button">Set</button></form>
<p><a href="/v1/docs">Interface</a> · <a href="${asset("notices.txt")}">Licences</a> <button class="cdx-button cdx-button--weight-quiet ww-with-script" type="button" data-shortcuts>Shortcuts</button></p></footer>
</body>
</html>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(Number(process.argv[2] ?? 0));
  console.log(`samples: ${(await names()).map((name) => `${url}/${name}`).join("\n         ")}`);
}
