import { test, type Test } from "tap";
import { ServerCheck } from "../../src/host/server-check.ts";
import { type ServerStart, serverStart } from "../../src/host/server-start.ts";
import type { ProjectConfig } from "../../src/host/server-env.ts";
import type { Pane } from "../../src/tmux/pane.ts";
import { keptLog } from "../support/app.ts";
import { fakeTmux } from "../support/fake-tmux.ts";
import { server } from "../support/opencode.ts";

const credentials = { username: "opencode", password: "ours" };

interface Case {
  /** What the server takes: any login, ours, or one that is not ours. */
  takes?: "any" | "ours" | "other";
  runsInTmux?: boolean;
  started?: ProjectConfig;
  wanted?: ProjectConfig;
}

async function check(
  t: Test,
  { takes = "ours", runsInTmux = true, started, wanted = "trust" }: Case,
) {
  const ours = `Basic ${Buffer.from("opencode:ours").toString("base64")}`;
  const { url } = await server(t, ({ authorization }, response) => {
    const fits = takes === "any" || (takes === "ours" && authorization === ours);
    response.writeHead(fits ? 200 : 401).end("{}");
  });
  const { tmux } = fakeTmux();
  if (runsInTmux) tmux.pane = async () => ({ id: "%1", dead: false }) as Pane;
  const kept: ServerStart | undefined = started && serverStart(started, credentials);
  const record = { read: async () => kept, write: async () => undefined };
  const { kept: lines, log } = keptLog();
  const start = serverStart(wanted, credentials);
  const about = { tmux, credentials, wanted: start, record, log };
  const of = (address: string, isLocal = true) =>
    new ServerCheck({ ...about, url: address, isLocal });
  return { check: of(url), of, url, lines };
}

test("a server that is as it would be started now needs no warning, nor does one that is down", async (t) => {
  const one = await check(t, { started: "ignore", wanted: "ignore" });
  t.equal(await one.check.warning(), undefined);
  t.equal(await one.of("http://127.0.0.1:1").warning(), undefined);
  const open = await check(t, { takes: "any" });
  t.equal(await open.of(open.url, false).warning(), undefined, "a remote one is not ours");
});

test("what is wrong with a server is one line that says how to restart it", async (t) => {
  const restart = /Restart opencode when no agent works: tmux -L switchboard kill-server$/;
  const cases: [Case, RegExp][] = [
    [{ takes: "any" }, /^opencode asks for no password/],
    [{ takes: "other" }, /^opencode refuses Switchboard's password\./],
    [{ started: "trust", wanted: "ignore" }, /^opencode obeys .* PROJECT_CONFIG=ignore is wanted/],
    [{ wanted: "ignore" }, /^opencode obeys .* PROJECT_CONFIG=ignore is wanted/],
    [{ started: "ignore" }, /^opencode ignores .* PROJECT_CONFIG=trust is wanted/],
    [{ takes: "any", wanted: "ignore" }, /no password.* PROJECT_CONFIG=ignore is wanted/],
  ];
  for (const [one, fault] of cases) {
    const warning = await (await check(t, one)).check.warning();
    t.match(warning, fault);
    t.match(warning, restart);
  }
});

test("a server that others started is theirs to stop, and projects decide there", async (t) => {
  const open = await check(t, { takes: "any", runsInTmux: false, started: "ignore" });
  t.match(await open.check.warning(), /no password.*did not start this server: stop it/);
  t.notMatch(await open.check.warning(), /PROJECT_CONFIG/);
  const ignoring = await check(t, { runsInTmux: false, started: "ignore", wanted: "ignore" });
  t.match(await ignoring.check.warning(), /PROJECT_CONFIG=ignore is wanted/);
});

test("a warning is logged when it changes, and no fault of the check ends the process", async (t) => {
  const { check: one, lines } = await check(t, { takes: "any" });
  await one.logWarning();
  await one.logWarning();
  t.equal(lines.entries.length, 1);
  t.match(lines.entries[0], { level: 40, msg: /asks for no password/ });
  t.intercept(one, "warning", {
    value: async () => {
      throw new Error("the store is closed");
    },
  });
  await one.logWarning();
  t.match(lines.entries[1], { level: 30 });
});
