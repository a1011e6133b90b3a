import { test } from "tap";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { reconciling } from "../support/reconciling.ts";

test("what an agent does is said in a few words, whatever is down", async (t) => {
  const { app, sessions, run, stop } = await reconciling(t);
  const { agentStatus, events } = app;
  const says = () => agentStatus.describe("site");
  t.equal(await says(), "starting");
  Object.defineProperty(events, "isHeard", { value: false, writable: true });
  t.equal(await says(), "waiting for opencode, which is not responding");
  await run();
  t.equal(await says(), "idle");
  sessions.now.busy = true;
  t.equal(await says(), "working");
  sessions.now.retrying = true;
  t.match(await says(), /^the model cannot be reached/);
  sessions.fault = new OpencodeUnreachable("GET /session/status");
  t.equal(await says(), "not known, since opencode is not responding; prompts wait");
  await stop();
  t.equal(await says(), "stopped");
  t.equal(await agentStatus.describe("nobody"), "stopped");
});

test("how the next prompt runs is said, and nothing while a program hangs or is down", async (t) => {
  const { app, opencode, sessions, run } = await reconciling(t);
  const { agentStatus } = app;
  t.equal(await agentStatus.nextPrompt("site"), undefined, "no session yet");
  await run();
  opencode.session = async (id) => ({
    id,
    agent: "plan",
    model: { providerID: "stub", id: "a/b", variant: "low" },
  });
  t.same(await agentStatus.nextPrompt("site"), { mode: "plan", model: "stub/a/b (low)" });
  sessions.fault = new OpencodeUnreachable("GET /session/status");
  t.equal(await agentStatus.nextPrompt("site"), undefined);
  sessions.fault = undefined;
  opencode.session = () => new Promise(() => undefined);
  const began = Date.now();
  t.equal(await agentStatus.nextPrompt("site"), undefined);
  t.ok(Date.now() - began < 4000);
});
