// Questions to the server, of which only the newest counts.

const token = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

/** Asks as JSON; throws where there is no answer. */
export async function ask(url, body, signal) {
  const options = { signal, headers: { accept: "application/json", "x-csrf-token": token() } };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(url, options);
  if (!answer.ok || answer.redirected) {
    throw new Error(`${url} answered ${answer.status}`);
  }
  return answer.json();
}

/** A line in which each call ends the one before: `ask` of it is as `ask`, and answers `null` when it was overtaken. */
export function newestOnly() {
  let running;
  return async (url, body) => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await ask(url, body, mine.signal);
      return mine === running ? answer : null;
    } catch (error) {
      if (mine !== running || error.name === "AbortError") {
        return null;
      }
      throw error;
    }
  };
}
