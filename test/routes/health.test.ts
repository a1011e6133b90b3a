import { test } from "tap";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { line } from "../support/reply-line.ts";

test("healthz tells that the process lives, readyz what it lacks", async (t) => {
  const { app } = await line(t, { DELIVERY: "api" });
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

test("readyz passes on what works and still wants the operator's attention", async (t) => {
  const { app } = await line(t);
  t.intercept(app.serverCheck, "warning", { value: async () => "Restart opencode." });
  const answer = await app.inject({ method: "GET", url: "/readyz" });
  t.match(answer.json(), { warnings: ["Restart opencode."] });
});
