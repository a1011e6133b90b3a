import { test } from "tap";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { wantAbort } from "../../src/prompts/queue.ts";
import { WakeSignals } from "../../src/runner/wake-signals.ts";
import { keptLog } from "../support/app.ts";
import { stage } from "../support/cards.ts";
import { siteAgent } from "../support/session.ts";
import { change, signal } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { Prompts } from "../../src/prompts/prompts.ts";

test("a prompt behind a running turn wakes its agent's loop only when a decision comes first", async (t) => {
  const { store, cards, press } = await stage(t, { running: false });
  const woken: string[] = [];
  let next = signal();
  const loops = {
    wake(name: string) {
      woken.push(name);
      next.resolve();
    },
  };
  new WakeSignals({ store, prompts: new Prompts(store), cards, loops, log: keptLog().log }).start();
  let updates = 0;
  const write = async () => {
    updates += 1;
    await store.write((transaction) => addPrompt(transaction, newPrompt(updates)));
  };
  await write();
  await next.promise;
  await change(store, "UPDATE prompts SET state = 'running'");

  next = signal();
  await write();
  // Signals are handled in order, so the wake of the decision comes after that of the prompt.
  const request = { id: "per_1", sessionID: "ses_1", permission: "bash", patterns: [], always: [] };
  await cards.sync(siteAgent, [
    { kind: "permission", id: "per_1", request: { ...request, metadata: {} } },
  ]);
  await press("Allow once");
  await next.promise;
  t.same(woken, ["site", "site"], "the prompt waits for the turn's end");

  next = signal();
  await write();
  await next.promise;
  t.equal(woken.length, 3, "its author is to be told to decide first");

  next = signal();
  await store.write((transaction) => wantAbort(transaction, "site"));
  await next.promise;
  t.equal(woken.length, 4, "what is wanted of the queue is done at once");
});
