import { join } from "node:path";
import { test } from "tap";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { messagePart, say, sayParts } from "../../src/outbox/say.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { maxTextLength } from "../../src/chat/limits.ts";
import { tempDir } from "../support/app.ts";
import { fileStore, outboxRows } from "../support/memory.ts";
import { openGate, sending } from "../support/sending.ts";

test("a message whose answer was lost is sent again, once, with ↻ at its end", async (t) => {
  const { telegram, store, send, end, texts } = await sending(t);
  telegram.fault({ kind: "reset-after" });
  await send("lost answer");
  await send("next");
  await end(2);
  t.same(texts(), ["lost answer", "lost answer ↻", "next"]);
  t.match(await outboxRows(store), [
    { state: "sent", attempts: 2, message_id: telegram.chat()[1]?.message_id },
    { state: "sent", attempts: 1 },
  ]);
});

test("each lost answer may cost one more repeat, and each bears the mark", async (t) => {
  const { telegram, send, end, texts } = await sending(t);
  telegram.fault({ kind: "reset-after", times: 2 });
  await send("unlucky");
  await end(1);
  t.same(texts(), ["unlucky", "unlucky ↻", "unlucky ↻"]);
});

test("a mark once deserved stays through every later fault", async (t) => {
  const { telegram, send, end, texts } = await sending(t);
  telegram.fault({ kind: "reset-before" });
  telegram.fault({ kind: "5xx" });
  telegram.fault({ kind: "429", retryAfter: 0 });
  await send("unsure");
  await end(1);
  t.same(texts(), ["unsure ↻"]);
});

test("a repeat keeps what is formatted, also behind white space", async (t) => {
  const { telegram, store, sender, end } = await sending(t);
  telegram.fault({ kind: "reset-after" });
  const code = { type: "pre" as const, offset: 0, length: 3 };
  await store.write((transaction) =>
    sayParts(transaction, conversation(1000), [messagePart({ text: "  x", entities: [code] })]),
  );
  sender.start();
  await end(1);
  t.match(telegram.chat().at(-1), { text: "  x ↻", entities: [code] });
});

test("the longest text and the longest caption have room for the mark", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  telegram.fault({ kind: "reset-after", times: 1 });
  const long = "x".repeat(maxTextLength);
  await store.write((transaction) => say(transaction, conversation(1000), long));
  sender.start();
  await end(1);
  t.same(texts(), [long, `${long} ↻`]);
  t.equal(texts()[1]?.length, 4096);
});

test("an answer that the store cannot take yet is not asked for again", async (t) => {
  const { store, outbox, send, end, texts, log } = await sending(t);
  const sent = outbox.sent.bind(outbox);
  let faults = 2;
  const full = Object.assign(new Error("full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
  outbox.sent = async (...given) => {
    if (faults > 0) {
      faults -= 1;
      throw full;
    }
    return sent(...given);
  };
  await send("once");
  await end(1);
  t.same(texts(), ["once"]);
  t.match(await outboxRows(store), [{ state: "sent", attempts: 1 }]);
  t.equal(log.lines.filter((line) => line.includes("could not be stored")).length, 2);
});

test("a call that was under way when the process died is sent marked, the rest is not", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = await fileStore(path);
  const call = (text: string) => ({
    lane: "1000",
    method: "sendMessage",
    payload: { chat_id: 1000, text },
  });
  await first.write(async (transaction) => {
    await enqueue(transaction, call("part 1"));
    await enqueue(transaction, call("part 2"));
    await enqueue(transaction, call("part 3"));
  });
  const before = new Outbox(first);
  const [one] = await before.take(new Set(), openGate);
  t.match(one, { payload: { text: "part 1" }, possibleDuplicate: false });
  await before.sent(one!, 77);
  t.match(await before.take(new Set(), openGate), [{ payload: { text: "part 2" } }]);
  await first.close();

  const store = await fileStore(path);
  t.teardown(() => store.close());
  const outbox = new Outbox(store);
  t.equal(await outbox.waiting(), 2);
  const { telegram, sender, end, texts } = await sending(t, { store, outbox });
  sender.start();
  await end(2);
  t.same(texts(), ["part 2 ↻", "part 3"]);
  t.equal(await outbox.waiting(), 0);
  t.equal(telegram.calls.length, 2);
});
