import { test } from "tap";
import { systemProcesses } from "../../../cli/setup/processes.ts";
import { tempDir, token } from "../../support/app.ts";

test("a program inherits no token, tells how it ended, and does not outlive its limit or the set-up", async (t) => {
  const stop = new AbortController();
  const environment = {
    PATH: process.env["PATH"],
    TELEGRAM_BOT_TOKEN: token,
    HOME: "/home/of-the-test",
  };
  const cwd = tempDir(t);
  const { run, show } = systemProcesses({ cwd, environment, signal: stop.signal });
  t.same(await run("sh", ["-c", 'echo "$HOME $TELEGRAM_BOT_TOKEN."; pwd >&2; exit 3']), {
    code: 3,
    output: `/home/of-the-test .\n${cwd}\n`,
  });
  t.equal((await run("no-such-program-of-the-test", [])).code, undefined);
  t.equal(await show("sh", ["-c", "exit 4"]), 4);
  t.equal(await show("no-such-program-of-the-test", []), 127);
  // The first of two processes ends; whoever waits for the output waits for both.
  const both = ["-c", "sleep 60 & sleep 60"];
  t.same(await run("sh", both, 50), { code: 1, output: "" });
  const waiting = run("sh", both);
  stop.abort();
  t.same(await waiting, { code: 1, output: "" });
});
