import { test } from "tap";
import { createLogger } from "../src/log.ts";
import { StartError } from "../src/errors.ts";
import { startProblems } from "../src/start-problems.ts";
import { readableLine, readableLog } from "../src/readable-log.ts";
import { LogLines, token } from "./support/app.ts";

function logger() {
  const kept = new LogLines();
  return { kept, log: createLogger("trace", [token, "a-password"], readableLog(kept)) };
}

test("an entry is one line: time, level where it matters, module, message and the rest", async (t) => {
  const { kept, log } = logger();
  log.info("Server listening at http://127.0.0.1:8787");
  log.child({ module: "telegram" }).warn({ pending: 3, list: [1, "a"] }, "not reached");
  log.debug({ agent: "default_agent" }, "");
  t.same(kept.lines.length, 3);
  t.match(kept.lines[0], /^\d\d:\d\d:\d\d Server listening at http:\/\/127\.0\.0\.1:8787\n$/);
  t.match(kept.lines[1], /^\S+ WARN telegram: not reached \(pending 3, list \[1,"a"\]\)\n$/);
  t.match(kept.lines[2], /^\S+ debug \(agent default_agent\)\n$/);
  t.notMatch(kept.lines.join(""), /hostname|pid/);
});

test("an error is its words and its causes', with its place in the code where it is a fault", async (t) => {
  const { kept, log } = logger();
  const cause = Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
  const err = new Error("no answer", { cause });
  err.stack =
    "Error: no answer\n    at a (file:///x/node_modules/b.js:1:2)\n    at c (file:///srv/src/telegram/api.ts:12:3)";
  log.warn({ err }, "it is tried again");
  log.error({ err }, "it failed");
  log.warn({ err: "a bare string" }, "odd");
  log.warn({ err: null }, "odder");
  const words = kept.lines.map((line) => line.slice(9));
  t.same(words, [
    "WARN it is tried again (no answer: connect refused (ECONNREFUSED))\n",
    "ERROR it failed (no answer: connect refused (ECONNREFUSED), at src/telegram/api.ts:12)\n",
    "WARN odd (a bare string)\n",
    "WARN odder\n",
  ]);
});

test("nothing that others wrote breaks the line, controls the terminal or shows a secret", async (t) => {
  const { kept, log } = logger();
  const foreign = "first\nsecond\r\u001b[2J\u009b31m\u202e end";
  log.info({ title: foreign, password: "a-password" }, `${foreign} bot${token}`);
  log.info({ long: "x".repeat(10_000) }, "a long one");
  for (const line of kept.lines) t.match(line, /^[^\p{Cc}\u202e]+\n$/u);
  t.notMatch(kept.lines.join(""), /a-password|AAEfake/);
  t.ok(kept.lines.every((line) => line.length < 500));
  t.equal(readableLine("no JSON\u0007\n"), "no JSON");
});

test("what stops the start cannot control the terminal either", async (t) => {
  t.same(startProblems(new StartError("no folder \u{1b}[2J\nhere"), undefined), [
    "no folder  [2J here",
  ]);
});
