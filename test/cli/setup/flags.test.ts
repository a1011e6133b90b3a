import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { helpText, readFlags } from "../../../cli/setup/flags.ts";

test("every answer is a flag, and the help lists them", async (t) => {
  const line =
    "--token-file - --api-root http://127.0.0.1:1 --chat 1,-2 --user 1 --receive webhook " +
    "--public-url x.org --permissions ask --model a/b --port 1 --caddy print --run no " +
    "--no-doctor --yes --help";
  const args = line.split(" ");
  const flags = readFlags(args);
  t.match(flags, {
    tokenFile: "-",
    chat: "1,-2",
    isDoctorWanted: false,
    isYes: true,
    isHelp: true,
  });
  t.notOk(Object.values(flags).includes(undefined));
  const named = args.filter((arg) => arg.startsWith("--"));
  const listed = [...helpText().matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name);
  t.same(new Set(listed), new Set(named));
  const page = readFileSync(join(import.meta.dirname, "../../../docs/setup.md"), "utf8");
  const documented = [...page.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, name]) => name);
  t.same(new Set(documented), new Set(named), "docs/setup.md lists the same");
  const commands = [...page.replaceAll("\\\n", "").matchAll(/^npm run setup -- (.*)$/gm)];
  t.equal(commands.length, 2);
  for (const [, words = ""] of commands) t.ok(readFlags(words.split(/ +/)), words);
  t.ok(
    helpText()
      .split("\n")
      .every(({ length }) => length <= 120),
  );
});

test("a wrong flag is named in one line, without its value", async (t) => {
  for (const args of [
    ["--nonsense", "x"],
    ["--token", "123:secret"],
    ["--chat", "me"],
    ["--caddy", "maybe"],
    ["--model", "no-slash"],
    ["--model"],
    ["secret"],
  ]) {
    const read = () => readFlags(args);
    t.throws(read, { name: "SetupError", message: /^[^\n]*$/ }, args.join(" "));
    if (args[0]?.startsWith("--")) t.throws(read, { message: new RegExp(`${args[0]}\\b`) });
    t.throws(read, { message: /^(?!.*secret)/ });
  }
});
