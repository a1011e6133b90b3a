import { test } from "tap";
import { recordFeeder } from "../../src/inbox/feeder-state.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { line } from "../support/reply-line.ts";

test("healthz tells that the process lives, readyz what it lacks", async (t) => {
  const { app } = await line(t, { DELIVERY: "api", OPENCODE_BIN: process.execPath });
  t.intercept(app.tmux, "listSessions", { value: async () => [] });
  const get = (url: string) => app.inject({ method: "GET", url });
  const health = await get("/healthz");
  t.same([health.statusCode, health.json()], [200, { alive: true }]);
  const ready = await get("/readyz");
  t.equal(ready.statusCode, 503);
  t.same(ready.json(), {
    ready: false,
    missing: { opencode: "opencode does not answer", webhook: "not registered yet" },
  });
  await app.store.close();
  t.match((await get("/readyz")).json(), {
    ready: false,
    missing: { store: "the store cannot be written: is the disk full?" },
  });
  t.equal((await get("/healthz")).statusCode, 200);
});

test("readyz names a tmux that does not answer, where prompts are typed", async (t) => {
  for (const [delivery, missing] of [
    ["tmux", "tmux does not answer"],
    ["api", undefined],
  ] as const) {
    const { app } = await line(t, { DELIVERY: delivery });
    t.intercept(app.tmux, "listSessions", {
      value: async () => {
        throw new TmuxError("timeout", "tmux list-sessions took too long");
      },
    });
    const answer = await app.inject({ method: "GET", url: "/readyz" });
    t.equal(answer.json<{ missing: { tmux?: string } }>().missing.tmux, missing);
  }
});

test("readyz names the programs that cannot be run where they are needed", async (t) => {
  for (const [settings, isNamed] of [
    [{ DELIVERY: "tmux" }, true],
    [{ DELIVERY: "api" }, true],
    [{ DELIVERY: "api", OPENCODE_API_URL: "http://192.0.2.1:4096" }, false],
    [{ DELIVERY: "tmux", OPENCODE_API_URL: "http://192.0.2.1:4096" }, true],
  ] as const) {
    const { app, kept } = await line(t, { ...settings, OPENCODE_BIN: "/nonexistent" });
    t.intercept(app.tmux, "listSessions", {
      value: async () => {
        throw new TmuxError("not-installed", "tmux not found");
      },
    });
    const answer = await app.inject({ method: "GET", url: "/readyz" });
    const { missing } = answer.json<{ missing: { opencode: string; tmux?: string } }>();
    t.match(missing.opencode, isNamed ? /^OPENCODE_BIN cannot be run: / : /does not answer$/);
    t.match(missing.tmux ?? "", isNamed ? /^tmux is not installed: / : /^$/);
    t.notMatch(kept.lines.join(""), /tmux cannot be used/, "that is for a tmux that fails");
  }
});

test("readyz names a feeder that does not run, where updates are pulled", async (t) => {
  const { app } = await line(t, { RECEIVE: "pull" });
  const feeder = async () => {
    const answer = await app.inject({ method: "GET", url: "/readyz" });
    return answer.json<{ missing: { feeder?: string } }>().missing.feeder;
  };
  t.match(await feeder(), /run npm run pull/);
  recordFeeder(app.config.dataDir, { until: Date.now() + 60_000 });
  t.equal(await feeder(), undefined);
});

test("readyz passes on what works and still wants the operator's attention", async (t) => {
  const { app } = await line(t);
  t.intercept(app.serverCheck, "warning", { value: async () => "Restart opencode." });
  const answer = await app.inject({ method: "GET", url: "/readyz" });
  t.match(answer.json(), { warnings: ["Restart opencode."] });
});
