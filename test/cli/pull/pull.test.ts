import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { text as readText } from "node:stream/consumers";
import { test } from "tap";
import { localUrl, pull } from "../../../cli/pull/pull.ts";
import { feederProblem } from "../../../src/inbox/feeder-state.ts";
import { secret, tempDir, testEnv, token } from "../../support/app.ts";
import { pulling } from "../../support/pulling.ts";
import { until } from "../../support/until.ts";

const main = join(import.meta.dirname, "..", "..", "..", "cli", "pull", "main.ts");

test("settings that cannot work end it with one line each, and with the code that its unit names", async (t) => {
  const env = { ...testEnv(tempDir(t)), RECEIVE: "pull", PORT: "8787" };
  const cases: [Record<string, string>, RegExp[]][] = [
    [{ RECEIVE: "webhook" }, [/^ {2}- RECEIVE is webhook; set RECEIVE=pull and restart/]],
    [{ PORT: "0" }, [/^ {2}- PORT is 0; set the port/]],
    [{ TELEGRAM_BOT_TOKEN: "", LOG_LEVEL: "loud" }, [/TELEGRAM_BOT_TOKEN is missing/, /LOG_LEVEL/]],
    [{ DATA_DIR: "/proc/none" }, [/\/proc\/none/]],
    [{ DATA_DIR: "/proc/\u{1b}[2J" }, [/\/proc\/ \[2J/]],
  ];
  for (const [change, expected] of cases) {
    const told: string[] = [];
    const tell = (line: string) => void told.push(line);
    const code = await pull({ ...env, ...change }, AbortSignal.abort(), tell);
    t.equal(code, "DATA_DIR" in change ? 1 : 78);
    t.match(told, ["Updates cannot be pulled:", ...expected]);
    t.equal(told.length, 1 + expected.length);
  }
});

test("Switchboard is reached where it listens", async (t) => {
  for (const [host, url] of [
    ["127.0.0.1", "http://127.0.0.1:8787"],
    ["0.0.0.0", "http://127.0.0.1:8787"],
    ["::", "http://[::1]:8787"],
    ["::1", "http://[::1]:8787"],
    ["localhost", "http://localhost:8787"],
  ] as const) {
    t.equal(localUrl({ host, port: 8787 }), url);
  }
});

test("the program feeds until SIGTERM, and shows no secret", async (t) => {
  const { telegram, apiRoot, url, stored } = await pulling(t);
  const dir = tempDir(t);
  const env = {
    ...testEnv(dir),
    RECEIVE: "pull",
    TELEGRAM_API_ROOT: apiRoot,
    PORT: new URL(url).port,
    LOG_LEVEL: "trace",
  };
  telegram.fault({ method: "getUpdates", kind: "reset-before" });
  const feeder = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] });
  t.teardown(() => feeder.kill("SIGKILL"));
  const output = Promise.all([readText(feeder.stdout), readText(feeder.stderr)]);
  const { update_id } = telegram.operatorSends({ text: "through the program" });
  await telegram.acknowledged(update_id);
  t.same(await stored(), [update_id]);
  const isFine = () => feederProblem(join(dir, "data"), Date.now()) === undefined;
  await until(() => (isFine() ? true : undefined));
  const state = join(dir, "data", "pull.json");
  t.equal(statSync(state).mode & 0o777, 0o600);

  feeder.kill("SIGTERM");
  t.same(await once(feeder, "exit"), [0, null]);
  t.notOk(existsSync(state));
  const [log, errors] = await output;
  t.match(log, /updates are pulled/);
  t.equal(errors, "");
  t.notMatch(log, new RegExp(`${token.slice(12)}|${secret}`));
});
