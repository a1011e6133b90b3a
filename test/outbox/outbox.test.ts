import { test } from "tap";
import { dropUnsent, enqueue } from "../../src/outbox/enqueue.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { say } from "../../src/outbox/say.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { memoryStore, outboxRows } from "../support/memory.ts";
import { openGate, sending } from "../support/sending.ts";

test("an edit finds the message of the call it names", async (t) => {
  const { store, sender, end, texts, telegram } = await sending(t);
  telegram.fault({ method: "sendMessage", kind: "5xx" });
  await store.write(async (transaction) => {
    const id = await enqueue(transaction, {
      lane: "1000",
      method: "sendMessage",
      payload: { chat_id: 1000, text: "card" },
    });
    await enqueue(transaction, {
      lane: "1000",
      method: "editMessageText",
      payload: { chat_id: 1000, message_of: id, text: "closed" },
    });
  });
  sender.start();
  await end(2);
  t.same(texts(), ["closed"]);
});

test("a reply has ended when all of its calls have", async (t) => {
  const { store, outbox, sender, telegram, end } = await sending(t);
  telegram.fault({ kind: "refuse", description: "Bad Request: no", method: "sendMessage" });
  await store.write(async (transaction) => {
    await say(transaction, conversation(1000), "refused", { replyId: "bad" });
    await say(transaction, conversation(1000), `${"x".repeat(4096)}y`, {
      replyId: "good",
      silent: true,
    });
  });
  const timely = AbortSignal.timeout(10_000);
  t.same(await outbox.replyEnded("good", AbortSignal.abort()), {
    state: "pending",
    messageIds: [],
  });
  const good = outbox.replyEnded("good", timely);
  sender.start();
  t.same(await good, {
    state: "sent",
    messageIds: telegram.chat().map(({ message_id }) => message_id),
  });
  t.same(await outbox.replyEnded("bad", timely), { state: "failed", messageIds: [] });
  await end(3);
  const [, first] = await outboxRows(store);
  t.match(first?.payload, {
    link_preview_options: { is_disabled: true },
    disable_notification: true,
  });
});

test("a call that becomes due between two looks is not forgotten", async (t) => {
  const store = await memoryStore(t);
  const outbox = new Outbox(store);
  await store.write(async (transaction) => {
    await enqueue(transaction, {
      lane: "1",
      method: "sendMessage",
      payload: { chat_id: 1, text: "x" },
    });
  });
  const [call] = await outbox.take(new Set(), openGate);
  t.equal(await outbox.nextDue(new Set(["1"]), openGate), undefined, "its lane is busy");
  const soon = Date.now() + 60_000;
  await outbox.putBack(call!, "uncertain", soon);
  t.same(await outbox.take(new Set(), openGate), [], "too early");
  t.intercept(Date, "now", { value: () => soon + 1 });
  t.equal(await outbox.nextDue(new Set(), openGate), soon, "and by now it is time");
});

test("any number of lanes can be ready at once", async (t) => {
  const store = await memoryStore(t);
  const outbox = new Outbox(store);
  for (let chat = 1; chat <= 200; chat += 1) {
    const call = {
      lane: String(chat),
      method: "sendMessage",
      payload: { chat_id: chat, text: "x" },
    };
    await store.write((transaction) => enqueue(transaction, call));
  }
  t.equal((await outbox.take(new Set(), openGate)).length, 200);
});

test("a call that is dropped while it is about to be sent is not sent", async (t) => {
  const store = await memoryStore(t);
  const outbox = new Outbox(store);
  const call = { lane: "1000 live", method: "sendMessage", payload: { chat_id: 1000, text: "x" } };
  const id = await store.write((transaction) => enqueue(transaction, call));
  let dropped: Promise<boolean> | undefined;
  const gate = {
    ...openGate,
    spent: () => (dropped = store.write((transaction) => dropUnsent(transaction, id))),
  };
  t.same(await outbox.take(new Set(), gate), []);
  t.equal(await dropped, true);
});
