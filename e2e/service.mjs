// The service for a test: a farm of its own in a temporary folder, made by the program's own commands.

import { spawn } from "node:child_process";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** Longest wait for the service to be ready or gone, in milliseconds. */
const WAIT_MS = 60_000;

/** Accounts of every farm. Their passwords are for these tests alone. */
export const PEOPLE = {
  steward: { name: "Stella", password: "correct horse battery 1", rights: ["*:all"] },
  editor: {
    name: "Edith",
    password: "correct horse battery 2",
    rights: ["modify", "view", "log", "log-detail", "backtest", "brake-release", "brake-hold"].map((right) => `examplewiki:abusefilter-${right}`),
  },
  reader: { name: "Rita", password: "correct horse battery 3", rights: ["examplewiki:abusefilter-view"] },
  leaver: {
    name: "Lena",
    password: "correct horse battery 4",
    rights: ["modify", "view", "log", "log-detail"].map((right) => `examplewiki:abusefilter-${right}`),
  },
};

/** Wikis of every farm. */
export const WIKIS = [
  { id: "examplewiki", language: "en" },
  { id: "beispielwiki", language: "de" },
  { id: "mithalwiki", language: "ar" },
];

/** Filters that `examplewiki` begins with, in the form in which wikis export them. */
export const FILTERS = [
  portable("Many links", 'user_age < 345600 & rcount("https?:", new_wikitext) > 5', { tag: ["links"] }),
  portable("Refuses a word", 'new_wikitext irlike "refusemark"', { disallow: ["abusefilter-disallowed"] }),
  portable("Refuses good edits", 'summary contains "typo"', { disallow: ["abusefilter-disallowed"] }),
  portable("<script>alert(1)</script> \u202Etxt.exe\u200B", 'summary == "never written"', {}),
];

function portable(name, rules, actions) {
  const data = { rules, name, comments: "", group: "default", actions, enabled: true, deleted: false, privacylevel: 0, global: false };
  return { data, actions };
}

/**
 * Makes a farm and starts its service. The program is `$WIKIWARD_PROGRAM`, as `cargo xtask e2e` sets it.
 *
 * Returns `{ url, token, act, cli, log, stop }`: `act` asks for a verdict on an edit, `cli` runs a command of the program
 * while the service is stopped for it, `stop` ends everything and removes the folder. Without `people` and `wikis` it is an
 * installation that nobody has opened yet.
 */
export async function startFarm({ filters = FILTERS, wikis = WIKIS, people = PEOPLE, environment = {} } = {}) {
  const program = process.env.WIKIWARD_PROGRAM;
  if (!program) {
    throw new Error("WIKIWARD_PROGRAM names no program. `cargo xtask e2e` builds one and runs these tests with it");
  }
  const folder = await mkdtemp(path.join(tmpdir(), "wikiward-e2e-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    WIKIWARD_DATA_DIR: path.join(folder, "data"),
    WIKIWARD_LISTEN: `127.0.0.1:${port}`,
    WIKIWARD_PUBLIC_URL: url,
    WIKIWARD_METRICS_LISTEN: "",
    WIKIWARD_LOG: "warn",
    ...environment,
  };
  const logFile = path.join(folder, "serve.log");
  let child;

  const start = async () => {
    const log = await open(logFile, "a");
    child = spawn(program, ["serve"], { env, stdio: ["ignore", log.fd, log.fd] });
    await log.close();
    await ready(child, url, logFile);
  };
  const end = async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), WAIT_MS);
      await gone;
      clearTimeout(timer);
    }
  };
  const run = (command, input) => say(program, command, env, input);
  const cli = async (command, input = "") => {
    const wasRunning = child?.exitCode === null;
    if (wasRunning) {
      await end();
    }
    const said = await run(command, input);
    if (wasRunning) {
      await start();
    }
    return said;
  };
  try {
    await start();
    await end();
    for (const { id, language } of wikis) {
      await run(["wiki", "add", id, "--url", `https://${id}.example/`, "--language", language]);
    }
    if (filters.length > 0) {
      await run(["filter", "import", "examplewiki", "-", "--keep-enabled"], filters.map((one) => JSON.stringify(one)).join("\n"));
    }
    for (const { name, password, rights } of Object.values(people)) {
      const given = rights.flatMap((right) => ["--right", right]);
      await run(["account", "create", name, ...given, "--password-stdin"], `${password}\n`);
    }
    const scopes = ["--scope", "evaluate", "--scope", "verdict:full"];
    const token = (await run(["token", "create", "*", "--label", "e2e", ...scopes])).trim();
    await start();
    let count = 0;
    const act = (edit) => verdict(url, token, { id: `e2e-${process.pid}-${(count += 1)}`, ...edit });
    const stop = async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    };
    return { url, token, act, cli, log: () => readFile(logFile, "utf8"), stop };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Signs somebody in on a page with the form, as they would. */
export async function signIn(page, farm, person) {
  await page.goto(`${farm.url}/sign-in`);
  await page.fill("#name", person.name);
  await page.fill("#password", person.password);
  await Promise.all([page.waitForURL((url) => url.pathname !== "/sign-in"), page.click("main form button")]);
}

/**
 * Asks for a verdict on an edit, as a wiki does. `person` says of the user what differs from a newcomer: `id`, `ip`, `edits`,
 * and the account's age in `days`.
 */
async function verdict(url, token, edit) {
  const { id, wiki = "examplewiki", user = "Somebody", person = {}, title = "Page", summary = "", old = "", text = "" } = edit;
  const age = (person.days ?? 0) * 86_400 || 7200;
  const body = {
    wiki,
    group: "default",
    action: { id, kind: "edit" },
    mode: "enforce",
    actor: {
      id: person.id ?? 512,
      name: user,
      type: "named",
      groups: ["*", "user"],
      edit_count: person.edits ?? 4,
      age_s: age,
      blocked: false,
      bot: false,
    },
    target: { ns: 0, title, page_id: 4711, rev_id: 90_001 },
    request: { ip: person.ip ?? "203.0.113.9", session_key: `session-${user}`, user_agent_class: "browser" },
    vars: {
      action: "edit",
      summary,
      old_wikitext: old,
      new_wikitext: text,
      user_name: user,
      user_age: age,
      user_groups: ["*", "user"],
      page_id: 4711,
      page_namespace: 0,
      page_title: title,
      page_prefixedtitle: title,
      wiki_name: wiki,
      old_content_model: "wikitext",
      new_content_model: "wikitext",
    },
    lazy: [],
    deadline_ms: 5000,
    lang: "en",
  };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/v1/evaluate`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) {
    throw new Error(`evaluate answered ${answer.status}: ${await answer.text()}`);
  }
  return answer.json();
}

async function ready(child, url, logFile) {
  const begun = Date.now();
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) {
      return;
    }
    if (child.exitCode !== null || Date.now() - begun > WAIT_MS) {
      throw new Error(`wikiward serve is not ready:\n${(await readFile(logFile, "utf8")).slice(-4000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function say(program, command, env, input = "") {
  return new Promise((resolve, reject) => {
    const child = spawn(program, command, { env, stdio: ["pipe", "pipe", "pipe"] });
    let [out, complaint] = ["", ""];
    child.stdout.on("data", (part) => (out += part));
    child.stderr.on("data", (part) => (complaint += part));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) {
        resolve(out);
      } else {
        reject(new Error(`wikiward ${command.join(" ")} ended with ${code}:\n${complaint}`));
      }
    });
    child.stdin.end(input);
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
