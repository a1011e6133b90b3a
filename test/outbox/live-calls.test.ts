import { test, type Test } from "tap";
import type { Budget, SpentKind } from "../../src/outbox/budget.ts";
import { LiveCalls, type LiveSource } from "../../src/outbox/live-calls.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import type { CallOutcome } from "../../src/telegram/call.ts";
import { keptLog } from "../support/app.ts";
import { change, memoryStore, signal } from "../support/memory.ts";
import { until } from "../support/until.ts";

/** Live calls before a Telegram that answers as told, with a budget that always has room unless told. */
async function calling(t: Test, { mayEdit = () => 0 }: { mayEdit?: () => number } = {}) {
  const store = await memoryStore(t);
  const made: string[] = [];
  const limited: SpentKind[] = [];
  let answer: () => Promise<CallOutcome> = async () => ({ kind: "ok" });
  const budget: Pick<Budget, keyof Budget> = {
    mayEdit,
    mayCall: () => 0,
    hasRoom: () => true,
    spent: () => undefined,
    track: (call) => call,
    limited: async (_chat, kind) => void limited.push(kind),
  };
  const call = async (method: string, payload: Record<string, unknown>) => {
    made.push(`${method} ${String(payload["text"])}`);
    return answer();
  };
  const { log } = keptLog();
  const calls = new LiveCalls({
    store,
    call,
    budget: budget as Budget,
    log,
    draftEndsWithinMs: 200,
  });
  t.teardown(() => calls.stop());
  const count = (n: number) => until(() => (made.length >= n ? true : undefined));
  /** What is called from now on is answered only once that is told, with this outcome. */
  const holds = (outcome: CallOutcome = { kind: "ok" }) => {
    const told = signal();
    answer = async () => {
      await told.promise;
      return outcome;
    };
    return told;
  };
  /** A draft is sent that is answered once that is told; what comes after it is answered at once. */
  const draftUnderWay = async () => {
    const draft = holds();
    calls.want(source("draft"));
    await count(1);
    answer = async () => ({ kind: "ok" });
    return draft;
  };
  const outcomes: string[] = [];
  const states = new Map<string, string>();
  const source = (key: string, kind: LiveSource["kind"] = "draft"): LiveSource => ({
    key,
    chatId: 1000,
    kind,
    compose: async () => ({ method: kind, payload: { text: states.get(key) ?? key } }),
    ended: ({ kind: outcome }) => void outcomes.push(outcome),
  });
  return {
    store,
    calls,
    made,
    limited,
    outcomes,
    states,
    source,
    guarded: calls.guard(call),
    answers: (next: typeof answer) => (answer = next),
    holds,
    draftUnderWay,
    count,
  };
}

test("of many changes the newest state is shown, once", async (t) => {
  const { calls, made, states, source, holds, count } = await calling(t);
  const first = holds();
  calls.want(source("a"));
  await count(1);
  for (let n = 0; n < 1000; n += 1) {
    states.set("a", `state ${n}`);
    calls.want(source("a"));
  }
  first.resolve();
  await count(2);
  await calls.drop(source("a"));
  t.same(made, ["draft a", "draft state 999"]);
});

test("a source that has nothing to show is not asked with every change", async (t) => {
  const { calls, made, source, count } = await calling(t);
  let asked = 0;
  let text: string | undefined;
  const nothing: LiveSource = {
    ...source("none"),
    compose: async () => {
      asked += 1;
      return text === undefined ? undefined : { method: "draft", payload: { text } };
    },
  };
  for (let n = 0; n < 50; n += 1) {
    calls.want(nothing);
    calls.want(source(`other ${n}`));
    await count(n + 1);
  }
  t.ok(asked < 10, `asked ${asked} times`);
  text = "now";
  calls.want(nothing);
  await until(() => made.includes("draft now") || undefined);
  t.pass("it is shown as soon as there is something");
});

test("changes that come together make one edit, and words that begin to grow go before it", async (t) => {
  const { calls, made, source, count } = await calling(t);
  calls.want(source("edit", "edit"));
  calls.want(source("edit", "edit"));
  calls.want(source("draft"));
  await count(2);
  t.same(made, ["draft draft", "edit edit"]);
});

test("nothing is shown before the budget has it", async (t) => {
  let free = false;
  const { calls, made, source, count } = await calling(t, {
    mayEdit: () => (free ? 0 : Date.now() + 5),
  });
  calls.want(source("a"));
  await new Promise((resolve) => setTimeout(resolve, 30));
  t.same(made, []);
  free = true;
  await count(1);
});

test("nothing is shown ahead of an answer that waits in the outbox", async (t) => {
  const { store, calls, made, source, count } = await calling(t);
  const answer = { method: "sendMessage", payload: { chat_id: 1000, text: "answer" } };
  await store.write((transaction) => enqueue(transaction, { lane: "1000", ...answer }));
  await store.write((transaction) => enqueue(transaction, { lane: "1000 reactions", ...answer }));
  calls.want(source("a"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.same(made, []);
  await change(store, "UPDATE outbox SET state = 'sent' WHERE lane = '1000'");
  calls.wake(1000);
  await count(1);
});

test("an answer that waits for a later attempt does not hold it up", async (t) => {
  const { store, calls, source, count, made } = await calling(t);
  const answer = { method: "sendMessage", payload: { chat_id: 1000, text: "answer" } };
  await store.write((transaction) => enqueue(transaction, { lane: "1000", ...answer }));
  await change(store, "UPDATE outbox SET not_before = ?", Date.now() + 60_000);
  calls.want(source("a"));
  await count(1);
  t.same(made, ["draft a"]);
});

test("a 429 is reported by what it met, and the newest state is shown after it", async (t) => {
  let until429 = 0;
  const { calls, made, limited, states, outcomes, source, answers, count } = await calling(t, {
    mayEdit: () => until429,
  });
  answers(async () => {
    until429 = Date.now() + 20;
    states.set("a", "newer");
    answers(async () => ({ kind: "ok" }));
    return { kind: "limited", retryAfterMs: 20 };
  });
  calls.want(source("a"));
  await count(2);
  t.same(made, ["draft a", "draft newer"]);
  t.same(limited, ["draft"]);
  t.match(outcomes, ["limited"]);
});

test("a source that was dropped is not shown again, whatever became of its last call", async (t) => {
  const { calls, made, source, holds, count } = await calling(t);
  const answered = holds({ kind: "limited", retryAfterMs: 0 });
  calls.want(source("a"));
  await count(1);
  let isDropped = false;
  const dropped = calls.drop(source("a")).then(() => (isDropped = true));
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.notOk(isDropped, "a call is under way");
  answered.resolve();
  await dropped;
  calls.wake(1000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.same(made, ["draft a"]);
});

test("a message waits for a draft under way, and none follows while it is sent", async (t) => {
  const { calls, made, source, holds, draftUnderWay, guarded, count } = await calling(t);
  const removed: number[] = [];
  calls.onMessage = (chatId) => void removed.push(chatId);
  const draft = await draftUnderWay();
  const sent = guarded("sendMessage", { chat_id: 1000, text: "answer" });
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.same(made, ["draft draft"], "the answer waits for it");
  const message = holds();
  draft.resolve();
  await count(2);
  calls.want(source("draft"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.same(made, ["draft draft", "sendMessage answer"]);
  message.resolve();
  await sent;
  t.same(removed, [1000]);
  calls.wake(1000);
  await count(3);
  t.equal(made[2], "draft draft");
});

test("a draft that is not answered delays a message for a moment only", async (t) => {
  const { draftUnderWay, guarded } = await calling(t);
  const never = await draftUnderWay();
  const start = performance.now();
  await guarded("sendMessage", { chat_id: 1000, text: "answer" });
  t.ok(performance.now() - start < 2000);
  never.resolve();
});

test("other calls of the outbox wait for nothing", async (t) => {
  const { made, draftUnderWay, guarded } = await calling(t);
  const never = await draftUnderWay();
  await guarded("editMessageText", { chat_id: 1000, text: "edit" });
  await guarded("sendMessage", { chat_id: 2000, text: "elsewhere" });
  t.same(made.slice(1), ["editMessageText edit", "sendMessage elsewhere"]);
  never.resolve();
});

test("what an operator waits for goes at once, and before what shows a turn", async (t) => {
  const mayFrom = Date.now() + 100;
  const { calls, made, source, count } = await calling(t, {
    mayEdit: () => (Date.now() < mayFrom ? mayFrom : 0),
  });
  calls.want(source("a draft"));
  calls.want({ ...source("a picture", "edit"), isAtOnce: true });
  await count(2);
  t.same(made, ["edit a picture", "draft a draft"]);
});
