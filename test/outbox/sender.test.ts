import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { react } from "../../src/outbox/react.ts";
import { say } from "../../src/outbox/say.ts";
import { Settings } from "../../src/store/settings.ts";
import type { Store } from "../../src/store/store.ts";
import { createCall } from "../../src/telegram/api.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { tempDir, token } from "../support/app.ts";
import { fileStore, outboxRows, signal } from "../support/memory.ts";
import { sending } from "../support/sending.ts";

test("each conversation gets its calls in the order they were owed, and another waits for none", async (t) => {
  const { telegram, store, send, end, texts } = await sending(t);
  telegram.operatorSends({ chatId: 2000, text: "hi" });
  const release = telegram.fault({
    method: "sendMessage",
    kind: "slow",
    ms: 60_000,
    when: "before",
  });
  await send("a1");
  await send("a2");
  await telegram.until(() => (telegram.calls.length === 0 ? true : undefined));
  await send("b1", 2000);
  await send("b2", 2000);
  await end(2);
  t.same(texts(2000), ["hi", "b1", "b2"]);
  t.same(texts(), []);
  release();
  await telegram.unreachable(true);
  await telegram.unreachable(false);
  await end(4);
  t.same(texts(), ["a1 ↻", "a2"]);
  t.same(
    (await outboxRows(store)).map(({ state, attempts }) => [state, attempts]),
    [
      ["sent", 2],
      ["sent", 1],
      ["sent", 1],
      ["sent", 1],
    ],
  );
});

test("a 429 holds its own conversation for as long as Telegram says, and drops nothing", async (t) => {
  const { telegram, send, end, texts } = await sending(t);
  telegram.operatorSends({ chatId: 2000, text: "hi" });
  telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 0.3 });
  await send("a1");
  const limited = await telegram.called("sendMessage", ({ status }) => status === 429);
  await send("a2");
  await send("b1", 2000);
  await end(1);
  t.same(texts(2000), ["hi", "b1"], "the other conversation goes on");
  t.same(texts(), []);
  await end(3);
  t.same(texts(), ["a1", "a2"], "in order, and without a mark");
  const sent = await telegram.called(
    "sendMessage",
    ({ payload, executed }) => executed && payload["text"] === "a1",
  );
  t.ok(sent.at - limited.at >= 300, `${sent.at - limited.at} ms`);
});

test("a 429 holds every lane of its chat, topics and reactions included, also over a restart", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = await fileStore(path);
  const before = await sending(t, { store: first });
  before.telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 3600 });
  const other = (store: Store) =>
    store.write(async (transaction) => {
      await say(transaction, conversation(1000, 5), "in a topic");
      await react(transaction, { conversation: "1000", chatMessageId: 1 }, "done");
    });
  await before.send("limited");
  await before.telegram.called("sendMessage", ({ status }) => status === 429);
  await other(first);
  await before.send("to somebody else", 2000);
  await before.end(1);
  t.match(before.ended, [{ chatId: 2000 }]);
  await before.sender.stop();
  await first.close();

  const store = await fileStore(path);
  t.teardown(() => store.close());
  const pauses = new Pauses(new Settings(store));
  await pauses.load();
  const after = await sending(t, { store, pauses });
  await other(store);
  await after.send("to somebody else again", 2000);
  await after.end(1);
  t.match(after.ended, [{ chatId: 2000 }]);
  t.equal(after.telegram.calls.length, 1, "nothing else was called");
});

test("a wait longer than a timer can hold is no busy loop", async (t) => {
  const warnings: string[] = [];
  const warned = ({ name }: Error) => void warnings.push(name);
  process.on("warning", warned);
  t.teardown(() => process.off("warning", warned));
  const { telegram, store, send, end } = await sending(t);
  telegram.operatorSends({ chatId: 2000, text: "hi" });
  telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 3_000_000 });
  await send("a1");
  await telegram.called("sendMessage");
  await send("b1", 2000);
  await end(1);
  await new Promise(setImmediate);
  t.same(warnings, []);
  t.match(await outboxRows(store), [{ state: "pending", attempts: 1 }, { state: "sent" }]);
});

test("what did not take effect is tried again until it does, without a mark", async (t) => {
  const { telegram, send, end, texts } = await sending(t);
  telegram.fault({ kind: "5xx", times: 2 });
  telegram.fault({ kind: "5xx", html: true });
  await send("one");
  await end(1);
  t.same(
    telegram.calls.map(({ status }) => status),
    [500, 500, 502, 200],
  );
  await telegram.unreachable(true);
  await send("two");
  await send("three");
  await telegram.unreachable(false);
  await end(3);
  t.same(texts(), ["one", "two", "three"]);
});

test("a bot that is shut out keeps what it owes, and says it once it is let in again", async (t) => {
  const { telegram, send, end, texts } = await sending(t);
  const statuses = [401, 404, 409];
  for (const status of statuses) {
    telegram.fault({ kind: "refuse", status: status as 400, description: "Unauthorized" });
  }
  await send("later");
  await end(1);
  t.same(texts(), ["later"]);
  t.equal(telegram.calls.length, 4);
});

test("what was for a topic that is gone goes to its chat", async (t) => {
  const { telegram, send, end, texts } = await sending(t);
  const topic = { message_thread_id: 7 };
  const gone = ["Bad Request: message thread not found", "Bad Request: TOPIC_CLOSED"];
  for (const [index, description] of gone.entries()) {
    telegram.fault({ kind: "refuse", status: 400, description });
    await send(description, 1000, topic);
    await end(index + 1);
  }
  t.same(texts(), gone);
  t.same(
    telegram.calls.map(({ payload }) => payload["message_thread_id"]),
    [7, undefined, 7, undefined],
  );
});

test("a large file has the time that its size takes", async (t) => {
  const { telegram } = await sending(t);
  const call = createCall({ token, apiRoot: await telegram.listen(), timeoutSeconds: 0.1 });
  const path = join(tempDir(t), "large");
  writeFileSync(path, Buffer.alloc(200_000));
  telegram.fault({ kind: "slow", ms: 500, times: 2 });
  const [words, file] = await Promise.all([
    call("sendMessage", { chat_id: 1000, text: "x" }),
    call("sendDocument", { chat_id: 1000, document: { path, name: "large" } }),
  ]);
  t.match([words.kind, file.kind], ["uncertain", "ok"]);
});

test("a text whose formatting is refused is sent once more as plain text, then given up", async (t) => {
  const { telegram, store, send, end, texts } = await sending(t);
  const entities = [{ type: "bold", offset: 0, length: 99 }];
  await send("kept words", 1000, { entities });
  await end(1);
  t.same(texts(), ["kept words"]);
  telegram.fault({ kind: "refuse", description: "Bad Request: can't parse entities", times: 5 });
  await send("never", 1000, { entities });
  await end(2);
  t.equal(telegram.calls.length, 4, "twice each");
  t.match(await outboxRows(store), [
    { state: "sent", attempts: 2 },
    { state: "failed", attempts: 2 },
  ]);
});

test("a refusal ends its own call alone, and is logged without the words", async (t) => {
  const { telegram, store, send, end, texts, log } = await sending(t);
  const description = "Bad Request: message is too strange";
  telegram.fault({ kind: "refuse", status: 400, description });
  await send("strange words");
  await send("goes out");
  await end(2);
  t.same(texts(), ["goes out"]);
  t.match(await outboxRows(store), [{ state: "failed", attempts: 1 }, { state: "sent" }]);
  const outcome = { kind: "refused", status: 400, description };
  t.match(log.entries, [
    { level: 40, method: "sendMessage", outcome },
    { level: 50, method: "sendMessage", outcome, msg: "a Telegram call is given up" },
  ]);
  t.notMatch(log.lines.join(""), /strange words|AAEfake/);
});

test("a document goes out under its name; one that is gone is given up and holds nobody", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  const path = join(tempDir(t), "kept");
  writeFileSync(path, "file content");
  const owed = (file: string, name: string) => ({
    lane: "1000",
    method: "sendDocument",
    payload: { chat_id: 1000, caption: `see ${name}`, document: { path: file, name } },
  });
  telegram.fault({ kind: "reset-after" });
  await store.write(async (transaction) => {
    await enqueue(transaction, owed(path, "отчёт 1.md"));
    await enqueue(transaction, owed(`${path}-gone`, "gone.md"));
    await say(transaction, conversation(1000), "after the files", { kind: "reply" });
  });
  sender.start();
  await end(3);
  t.same(texts(), ["see отчёт 1.md", "see отчёт 1.md ↻", "after the files"]);
  t.match(telegram.chat()[1]?.file, { name: "отчёт 1.md", bytes: Buffer.from("file content") });
  t.match(await outboxRows(store), [
    { state: "sent" },
    { state: "failed", attempts: 1 },
    { state: "sent" },
  ]);
});

test("stop waits for the call under way, notes what became of it and begins no other", async (t) => {
  const called = signal();
  const answer = signal();
  const begun: unknown[] = [];
  const { sender, send, store } = await sending(t, {
    call: async (_, { text }) => {
      begun.push(text);
      called.resolve();
      await answer.promise;
      return { kind: "ok", messageId: 5 };
    },
  });
  await send("slow");
  await send("after");
  await called.promise;
  const stopped = sender.stop();
  answer.resolve();
  await stopped;
  sender.start();
  t.same(begun, ["slow"]);
  t.match(await outboxRows(store), [{ state: "sent", message_id: 5 }, { state: "pending" }]);
});

test("a call that nobody takes for a day is given up", async (t) => {
  const { store, send, end, telegram } = await sending(t);
  telegram.fault({ kind: "5xx", times: 9 });
  await store.write(async (transaction) => {
    await enqueue(transaction, {
      lane: "1000",
      method: "sendMessage",
      payload: { chat_id: 1000, text: "old" },
    });
    await transaction.run("UPDATE outbox SET created_at = ?", Date.now() - 25 * 3_600_000);
  });
  await send("new", 2000);
  await end(1);
  t.match(await outboxRows(store), [
    { state: "failed", attempts: 1 },
    { state: /pending|sending/ },
  ]);
});
