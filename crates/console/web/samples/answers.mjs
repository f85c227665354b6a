// What the samples' server answers to the scripts: as the console does, with little behind it.

/** Status, type and body for a request that is no page. */
export function answer(url, body) {
  const json = (value) => [200, "application/json", JSON.stringify(value)];
  if (url.pathname === "/rule/check") {
    const { rules } = JSON.parse(body);
    const diagnostics = [...rules.matchAll(/\bfoo\w*/g)].map((found) => ({
      from: found.index,
      to: found.index + found[0].length,
      severity: "error",
      message: `there is no variable \`${found[0]}\``,
      help: "Is `user_name` meant?",
    }));
    return json({ diagnostics });
  }
  if (url.pathname === "/rule/format") {
    return json({ rules: `${JSON.parse(body).rules.replace(/[ \t]+/g, " ").trim()}\n` });
  }
  if (url.pathname === "/rule/words") {
    return json({
      variables: [
        { name: "user_age", type: "int", doc: "Seconds since the account was made." },
        { name: "user_name", type: "string", doc: "The account's name." },
        { name: "added_lines", type: "array", doc: "The lines that the edit adds." },
        { name: "new_wikitext", type: "string", doc: "The whole text after the edit." },
      ],
      functions: [
        { name: "lcase", signature: "lcase(text)", doc: "The text in lower case." },
        { name: "rcount", signature: "rcount(regex, text)", doc: "How often the pattern matches: `rcount(\"a+\", \"banana\")` is 3." },
      ],
      keywords: ["in", "like", "rlike", "irlike", "contains", "matches", "regex", "if", "then", "else", "end"],
    });
  }
  if (url.pathname === "/rule/try") {
    const length = new URLSearchParams(body).get("rules").length;
    return [200, "text/html", `<p>Matched 1 of 3, in a rule of ${length} letters: <code class="ww-code" data-ranges="[[0,4]]">that one</code></p>`];
  }
  if (url.pathname === "/live") {
    return [200, "text/html", `<p>Now: <a href="/n">${new Date().getSeconds()}</a></p>`];
  }
  return [404, "text/plain", "nothing here\n"];
}
