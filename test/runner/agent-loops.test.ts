import { setImmediate } from "node:timers/promises";
import { test } from "tap";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { AgentLoops } from "../../src/runner/agent-loops.ts";
import { Outage } from "../../src/runner/outage.ts";
import { TerminalOutage } from "../../src/runner/terminal-outage.ts";
import { keptLog } from "../support/app.ts";
import { change, queuedTexts, signal } from "../support/memory.ts";
import { reconciling } from "../support/reconciling.ts";
import { until } from "../support/until.ts";

test("an opencode that does not answer is started, one that refuses is left alone, and both are told", async (t) => {
  const { app, store, write, opencode } = await reconciling(t);
  const { agents, reconciler } = app;
  let ensured = 0;
  const failed = signal();
  const server = { ensure: async () => void (ensured += 1) };
  const { log } = keptLog();
  const outage = new Outage(store, 0);
  const outages = { outage, terminalOutage: new TerminalOutage(store) };
  const loops = new AgentLoops({ agents, reconciler, ...outages, server, log });
  await write("x");
  const faults: [Error, number][] = [
    [new OpencodeRefused("POST /session", 500), 0],
    [new OpencodeUnreachable("POST /session"), 1],
  ];
  const { createSession } = opencode;
  opencode.createSession = async (...given) => {
    const [fault] = faults.shift() ?? [];
    if (fault) throw fault;
    failed.resolve();
    return createSession(...given);
  };
  loops.wake("site");
  await failed.promise;
  await loops.stop();
  t.equal(ensured, 1);
  const texts = await queuedTexts(store);
  t.match(texts, [/^opencode is not responding, or is not accepting/, /^opencode is back; site/]);
});

test("at the start the agents that run are woken, and those whose stop is not finished", async (t) => {
  const { app, store, start, stop, run, opencode } = await reconciling(t);
  await run();
  await stop();
  await change(store, "UPDATE agents SET session_to_end = 'ses_1' WHERE name = 'site'");
  const ended = signal();
  opencode.abort = async () => ended.resolve();
  await app.agentLoops.wakeAll();
  await ended.promise;
  await app.agentLoops.stop();
  t.same(await app.agents.unsettled(), []);
  await start();
  t.match(await app.agents.unsettled(), [{ name: "site" }]);
  await app.agentLoops.wakeAll();
  t.equal((await app.agents.get("site"))?.sessionId, undefined, "a stopped loop does nothing more");
});

test("an agent renamed in the middle of a run is moved on under its new name after that run", async (t) => {
  const { app, store, opencode } = await reconciling(t);
  const [began, released] = [signal(), signal()];
  const { createSession } = opencode;
  let running = 0;
  let most = 0;
  opencode.createSession = async (...given) => {
    running += 1;
    most = Math.max(most, running);
    began.resolve();
    await released.promise;
    running -= 1;
    return createSession(...given);
  };
  app.agentLoops.wake("site");
  await began.promise;
  await store.write((transaction) => app.lifecycle.rename(transaction, "site", "shop"));
  app.agentLoops.wake("shop");
  // Time enough for the other loop to do the same.
  for (let turns = 0; turns < 200; turns += 1) await setImmediate();
  released.resolve();
  await until(async () => (await app.agents.get("shop"))?.sessionId);
  await app.agentLoops.stop();
  t.equal(most, 1);
});
