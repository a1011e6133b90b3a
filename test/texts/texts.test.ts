import { test } from "tap";
import { moduleOf, modules, sourcesOf } from "../support/modules.ts";
import { wordsIn } from "../support/words.ts";

/** Modules whose texts are not for operators: Prometheus reads them. */
const notForOperators = ["metrics"];

/** What looks like words and is none of the operator's. */
const unread = new Set([
  // What agents read.
  "[sent {} ago]\n{}",
  "Forwarded message:",
  "Forwarded voice message:",
  "In reply to:",
  "Pressed the button: {}",
  "Transcribed from a voice message; words may be misheard.",
  "[the operator reacted {} to: {}]",
  "Contact: {}, {}{}",
  "Poll: {}",
  "Checklist: {}",
  "Dice: {} {}",
  " of the set {}",
  ", live; only where it is now",
  "File `{}`: it could not be received from Telegram.",
  "File `{}`: it is not there any more.",
  // For the log and /readyz.
  "OPENCODE_BIN cannot be run: install opencode (npm ci does), or correct OPENCODE_BIN and restart.",
  "tmux is not installed: install it; no restart is needed.",
  "curl is not installed, so agents cannot reply: install it; no restart is needed.",
  "{} does not run: `{} {}` ends with {}; install it again.",
  "an error",
  "{} is stopped",
  "old files removed",
  "opencode cannot be used now",
  "a link or file is in its place",
  // A tag of Telegram's Markdown.
  '<tg-button type="callback_data" style="success" data="{}">{}</tg-button>',
  // Keys, signals and kinds.
  "as path",
  "configured model ",
  "cut off",
  "default model {}",
  "dropped file",
  "files left",
  "given up",
  "goes on",
  "not saved",
  "not taken",
  "opencode server",
  "prompt ended",
  "server listening on",
  "shell is off",
  "too large",
  "video note",
]);

/** The modules that can say something to the operator, or word a part of it. */
const speaking = [...modules]
  .filter(([, { imports }]) => imports.includes("texts") || imports.includes("outbox"))
  .map(([name]) => name);

const files = (...names: string[]) =>
  sourcesOf("src")
    .map(({ path }) => path)
    .filter((path) => names.includes(moduleOf(path) ?? ""));

test("what operators read stands in src/texts, nowhere else", async (t) => {
  const all = files(...speaking.filter((name) => !notForOperators.includes(name)));
  t.ok(all.length > 40);
  const words = wordsIn(all);
  t.same(
    words.filter(({ text }) => !unread.has(text)),
    [],
  );
  const found = new Set(words.map(({ text }) => text));
  t.same(
    [...unread].filter((text) => !found.has(text)),
    [],
    "what is excepted is still there",
  );
});

test("words outside of the catalogue are found, wherever they stand", async (t) => {
  const found = wordsIn(files("texts")).map(({ text }) => text);
  t.ok(found.includes("Turn stopped."), "a constant");
  t.ok(found.includes("{} failed: {}. Send it again, or see /screen."), "a template");
  t.ok(
    found.includes(
      "opencode has lost the session of {}; it continues in a new one without memory. ",
    ),
  );
});
