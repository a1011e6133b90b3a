import { test } from "tap";
import { endLaneAbort, laneOf } from "../../src/prompts/lane.ts";
import { addPrompt, cancelPrompts, Prompts } from "../../src/prompts/prompts.ts";
import {
  continueAgent,
  dropPrompt,
  hold,
  moveToFront,
  queueSignal,
  sendNow,
  wantAbort,
} from "../../src/prompts/queue.ts";
import type { Transaction } from "../../src/store/store.ts";
import { memoryStore, outboxRows, rows } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { startWith } from "../support/session.ts";
import type { Test } from "tap";

/** Prompts 1 to 4 of agent `site`; of them `running` are being worked on. */
async function queued(t: Test, running = 0) {
  const store = await memoryStore(t);
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  for (const id of [1, 2, 3, 4]) {
    await store.write((transaction) => addPrompt(transaction, newPrompt(id)));
  }
  for (let n = 0; n < running; n += 1) {
    const { waiting } = await prompts.lane("site");
    await prompts.attempt(waiting[0]!, { path: "api", sessionId: "ses_1" });
    await prompts.delivered(waiting[0]!.id, `msg_${n}`);
  }
  const signals: unknown[] = [];
  store.on(queueSignal, (agent) => signals.push(agent));
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const ids = async () => {
    const lane = await store.read((transaction) => laneOf(transaction, "site"));
    return [lane.running.map(({ id }) => id), lane.waiting.map(({ id }) => id)];
  };
  return { store, prompts, write, ids, signals };
}

test("of the prompts moved to the front the last one is the first, and none before what runs", async (t) => {
  const { write, ids, prompts, signals } = await queued(t, 1);
  t.same(await ids(), [[1], [2, 3, 4]]);
  for (const id of [3, 4, 4]) {
    t.match(await write((transaction) => moveToFront(transaction, id)), {
      kind: "done",
      prompt: { id },
    });
  }
  t.same(await ids(), [[1], [4, 3, 2]]);
  t.match(await prompts.head("site"), { id: 1 });
  t.match(await prompts.lane("site"), { waiting: [{ id: 4 }] });
  const late = await write((transaction) => moveToFront(transaction, 1));
  t.match(late, { kind: "too late", prompt: { id: 1, state: "running" } });
  t.same(await write((transaction) => moveToFront(transaction, 99)), {
    kind: "too late",
    prompt: undefined,
  });
  t.same(signals, ["site", "site", "site"], "the loop is woken for what was changed");
});

test("a prompt is dropped while it waits, once, and its message shows it", async (t) => {
  const { write, ids, store } = await queued(t, 1);
  const drop = (id: number) => write((transaction) => dropPrompt(transaction, id));
  t.match(await drop(3), { kind: "done", prompt: { id: 3, state: "cancelled" } });
  t.match(await drop(3), { kind: "too late", prompt: { state: "cancelled" } });
  t.match(await drop(1), { kind: "too late", prompt: { state: "running" } });
  t.same(await ids(), [[1], [2, 4]]);
  const reactions = (await outboxRows(store)).filter(({ payload }) => payload["message_id"] === 3);
  t.match(reactions, [{ payload: { reaction: [{ emoji: "💔" }] } }]);
});

test("a prompt is sent into a turn of its own conversation alone, else it is the next one", async (t) => {
  const { write, store, ids } = await queued(t, 1);
  const other = newPrompt(5, { conversation: "1000:7" });
  await write((transaction) => addPrompt(transaction, other));
  const now = (id: number) => write((transaction) => sendNow(transaction, id));
  t.match(await now(3), { kind: "now", prompt: { id: 3, isSentNow: true } });
  t.match(await now(5), { kind: "next" });
  t.match(await now(1), { kind: "too late" });
  t.same(await ids(), [[1], [5, 3, 2, 4]]);
  await write((transaction) => hold(transaction, "site"));
  t.match(await now(2), { kind: "held" });
  await write((transaction) => continueAgent(transaction, "site"));
  await write((transaction) => wantAbort(transaction, "site"));
  t.match(await now(4), { kind: "next" }, "the turn that is being aborted takes no more");
  const wishes = await rows(store, "SELECT id FROM prompts WHERE abort_at IS NOT NULL");
  t.same(wishes, [{ id: 1 }]);
});

test("an abort names the prompts that are at work, else the agent, and waits for nothing", async (t) => {
  const busy = await queued(t, 2);
  const outcome = await busy.write((transaction) => wantAbort(transaction, "site"));
  t.match(outcome, { kind: "aborting", prompts: [{ id: 1, abortAt: Number }, { id: 2 }] });
  t.match(await busy.prompts.lane("site"), { abort: undefined });
  t.same(busy.signals, ["site"]);
  const idle = await queued(t);
  t.same(await idle.write((transaction) => wantAbort(transaction, "site")), { kind: "no prompt" });
  const { abort } = await idle.prompts.lane("site");
  t.ok(abort);
  await idle.write((transaction) => endLaneAbort(transaction, "site", { at: abort!.at - 1 }));
  t.match(await idle.prompts.lane("site"), { abort }, "an older wish does not end a newer one");
  await idle.write((transaction) => endLaneAbort(transaction, "site", abort!));
  t.match(await idle.prompts.lane("site"), { abort: undefined });
});

test("prompts are cancelled with the one that runs or without it", async (t) => {
  const { write, ids, prompts } = await queued(t, 1);
  await write((transaction) => hold(transaction, "site"));
  t.equal(await write((transaction) => cancelPrompts(transaction, "site", "waiting")), 3);
  t.same(await ids(), [[1], []]);
  t.match(await prompts.lane("site"), { isHeld: true });
  t.equal(await write((transaction) => cancelPrompts(transaction, "site")), 1);
  t.match(await prompts.lane("site"), { isHeld: false, running: [] }, "a new start is not held");
});

test("the prompts of all agents are counted in one query, with since when each works or rests", async (t) => {
  const { write, prompts } = await queued(t, 1);
  const counts = async () => (await prompts.countsByAgent()).get("site");
  const { attemptedAt } = (await prompts.head("site"))!;
  t.same(await counts(), { running: 1, waiting: 3, since: attemptedAt });
  await write((transaction) => cancelPrompts(transaction, "site"));
  t.match(await counts(), { running: 0, waiting: 0 });
  t.ok(((await counts())?.since ?? 0) >= attemptedAt!);
  t.same(await prompts.counts("site"), { running: 0, waiting: 0 });
  t.same(await prompts.counts("nobody"), { running: 0, waiting: 0 });
  t.notOk((await prompts.countsByAgent()).has("nobody"));
});
