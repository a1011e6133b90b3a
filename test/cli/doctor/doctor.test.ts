import { test } from "tap";
import { doctor, usageError } from "../../../cli/doctor/doctor.ts";
import { checks } from "../../../cli/doctor/checks.ts";
import { opensslMissing } from "../../support/certificates.ts";
import { DoctorWorld } from "../../support/doctor-world.ts";

const skip = opensslMissing();

/** What the doctor prints with these arguments, and its exit code. */
async function run(args: string[], env: NodeJS.ProcessEnv) {
  let printed = "";
  const write = (text: string) => void (printed += text);
  const code = await doctor({ args, env, write, signal: new AbortController().signal });
  return { code, printed };
}

test("its exit code is the number of lines with ✗, in words and as JSON", { skip }, async (t) => {
  const world = await DoctorWorld.start(t);
  // opencode and tmux would be looked for in earnest.
  const env = { ...world.env, PATH: "/nowhere", OPENCODE_BIN: "/nowhere/opencode" };
  const words = await run(["--no-round-trip"], env);
  const lines = words.printed.split("\n");
  t.ok(words.code > 0);
  t.equal(lines.filter((line) => line.startsWith("✗")).length, words.code);
  t.match(lines[0], /^✓ settings +complete$/);
  t.match(
    lines.at(-2),
    new RegExp(`^${words.code} failed, \\d+ ok, \\d+ not checked\\. Begin with the first`),
  );
  t.notMatch(words.printed, /costs|round trip/);

  const json = await run(["--json", "--no-round-trip"], env);
  const found = JSON.parse(json.printed) as { failed: number; checks: { name: string }[] };
  t.equal(json.code, words.code);
  t.equal(found.failed, words.code);
  t.equal(found.checks.length, checks.length - 1, "all but the feeder");
});

test("with the round trip it says first what that costs", { skip }, async (t) => {
  const { printed } = await run([], {});
  t.match(
    printed,
    /^At the end it asks the model twice .* a few thousand tokens;\n.*--no-round-trip/,
  );
  t.match(printed, /^✗ settings +TELEGRAM_BOT_TOKEN is missing; .*npm run setup.*\.$/m);
  t.match(printed, /^– round trip by tmux +not checked: see round trip by api$/m);
});

test("an argument that it does not know, or --help, shows the options", async (t) => {
  const help = await run(["--help"], {});
  t.equal(help.code, 0);
  t.match(help.printed, /--no-round-trip .*\n.*--json/);
  const wrong = await run(["--jsn"], {});
  t.equal(wrong.code, usageError);
  t.equal(wrong.printed, help.printed);
  t.ok(usageError > checks.length + 2, "which no number of failed checks is");
});
