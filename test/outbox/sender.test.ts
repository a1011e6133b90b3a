import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GrammyError, HttpError } from "grammy";
import { test, type Test } from "tap";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { Outbox, owe, type OwedCall } from "../../src/outbox/outbox.ts";
import { isRepeatable } from "../../src/outbox/payload.ts";
import { pauseAfter, Sender, type SenderOptions } from "../../src/outbox/sender.ts";
import { say } from "../../src/outbox/say.ts";
import { Store } from "../../src/store/store.ts";
import { createCall, outcomeOf } from "../../src/telegram/api.ts";
import { conversation } from "../../src/telegram/conversation.ts";
import { maxTextLength } from "../../src/telegram/text/split.ts";
import { keptLog, tempDir, token } from "../support/app.ts";
import { memoryStore, outboxRows, signal } from "../support/memory.ts";

/** A sender on a Bot API server whose pauses are short. */
async function sending(t: Test, options: Partial<SenderOptions> = {}) {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const store = memoryStore(t);
  const outbox = new Outbox(store);
  const { kept, log } = keptLog();
  const ended: OwedCall[] = [];
  const waiting: (() => void)[] = [];
  const sender = new Sender({
    outbox,
    call: createCall({ token, apiRoot }),
    log,
    firstPauseMs: 2,
    ended: (call) => {
      ended.push(call);
      for (const look of waiting) look();
    },
    ...options,
  });
  t.teardown(() => sender.stop());
  /** Resolves once that many calls have been sent or given up. */
  const end = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => ended.length >= count && resolve();
      waiting.push(look);
      look();
    });
  const send = async (text: string, chatId = 1000, fields: object = {}) => {
    await store.write((transaction) =>
      owe(transaction, {
        lane: `${chatId}`,
        method: "sendMessage",
        payload: { chat_id: chatId, text, ...fields },
      }),
    );
    sender.wake();
  };
  const texts = (chatId = 1000) => telegram.chat(chatId).map(({ text }) => text);
  return { telegram, store, outbox, sender, ended, end, send, texts, log: kept };
}

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
  telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 1 });
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
  t.ok(sent.at - limited.at >= 1000, `${sent.at - limited.at} ms`);
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

test("the longest text and the longest caption have room for the mark", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  telegram.fault({ kind: "reset-after", times: 1 });
  const long = "x".repeat(maxTextLength);
  await store.write((transaction) => say(transaction, conversation(1000), long));
  sender.wake();
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
  const call = createCall({ token, apiRoot: await telegram.listen(), timeoutSeconds: 1 });
  const path = join(tempDir(t), "large");
  writeFileSync(path, Buffer.alloc(200_000));
  telegram.fault({ kind: "slow", ms: 2000, times: 2 });
  const [words, file] = await Promise.all([
    call("sendMessage", { chat_id: 1000, text: "x" }),
    call("sendDocument", { chat_id: 1000, document: { path, name: "large" } }),
  ]);
  t.match([words.kind, file.kind], ["uncertain", "ok"]);
});

test("what is safe to repeat is repeated as it is", async (t) => {
  const { telegram, store, sender, end } = await sending(t);
  const card = telegram.operatorSends({ text: "x" }).message;
  await store.write((transaction) => {
    const payload = {
      chat_id: 1000,
      text: "card",
      reply_markup: { inline_keyboard: [[{ text: "b", callback_data: "k" }]] },
    };
    owe(transaction, { lane: "1000", method: "sendMessage", payload });
  });
  sender.wake();
  await end(1);
  const { message_id } = telegram.chat().at(-1)!;
  t.not(message_id, card.message_id);
  const { callback_query } = telegram.operatorPresses({ messageId: message_id, button: "b" });
  telegram.fault({ method: "editMessageText", kind: "reset-after" });
  telegram.fault({ method: "answerCallbackQuery", kind: "reset-before" });
  await store.write((transaction) => {
    owe(transaction, {
      lane: "1000",
      method: "editMessageText",
      payload: { chat_id: 1000, message_id, text: "edited" },
    });
    owe(transaction, {
      lane: "query",
      method: "answerCallbackQuery",
      payload: { callback_query_id: callback_query.id, text: "ok" },
    });
  });
  sender.wake();
  await end(3);
  t.equal(telegram.chat().at(-1)?.text, "edited");
  t.same(
    telegram.calls
      .filter(({ method }) => method === "editMessageText")
      .map(({ payload }) => payload["text"]),
    ["edited", "edited"],
    "the second is refused as not modified, which is what was wanted",
  );
  t.same(
    (await outboxRows(store)).map(({ state }) => state),
    ["sent", "sent", "sent"],
  );
  const repeatable = [
    "editMessageText",
    "answerCallbackQuery",
    "setMessageReaction",
    "deleteMessage",
    "sendChatAction",
  ];
  for (const method of repeatable) t.ok(isRepeatable(method), method);
  for (const method of [
    "sendMessage",
    "sendDocument",
    "copyMessage",
    "forwardMessage",
    "sendChat",
  ]) {
    t.notOk(isRepeatable(method), method);
  }
});

test("a call that was under way when the process died is sent marked, the rest is not", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = new Store(path);
  const call = (text: string) => ({
    lane: "1000",
    method: "sendMessage",
    payload: { chat_id: 1000, text },
  });
  await first.write((transaction) => {
    owe(transaction, call("part 1"));
    owe(transaction, call("part 2"));
    owe(transaction, call("part 3"));
  });
  const before = new Outbox(first);
  const [one] = await before.take(new Set());
  t.match(one, { payload: { text: "part 1" }, mayBeRepeat: false });
  await before.sent(one!, 77);
  t.match(await before.take(new Set()), [{ payload: { text: "part 2" } }]);
  first.close();

  const store = new Store(path);
  t.teardown(() => store.close());
  const outbox = new Outbox(store);
  t.equal(await outbox.waiting(), 2);
  const { telegram, sender, end, texts } = await sending(t, { outbox });
  sender.wake();
  await end(2);
  t.same(texts(), ["part 2 ↻", "part 3"]);
  t.equal(await outbox.waiting(), 0);
  t.equal(telegram.calls.length, 2);
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
  const description = "Forbidden: bot was blocked by the user";
  telegram.fault({ kind: "refuse", status: 403, description });
  await send("blocked words");
  await send("goes out");
  await end(2);
  t.same(texts(), ["goes out"]);
  t.match(await outboxRows(store), [{ state: "failed", attempts: 1 }, { state: "sent" }]);
  const outcome = { kind: "refused", status: 403, description };
  t.match(log.entries, [
    { level: 40, method: "sendMessage", outcome },
    { level: 50, method: "sendMessage", outcome, msg: "a Telegram call is given up" },
  ]);
  t.notMatch(log.lines.join(""), /blocked words|AAEfake/);
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
  await store.write((transaction) => {
    owe(transaction, owed(path, "отчёт 1.md"));
    owe(transaction, owed(`${path}-gone`, "gone.md"));
    say(transaction, conversation(1000), "after the files");
  });
  sender.wake();
  await end(3);
  t.same(texts(), ["see отчёт 1.md", "see отчёт 1.md ↻", "after the files"]);
  t.match(telegram.chat()[1]?.file, { name: "отчёт 1.md", bytes: Buffer.from("file content") });
  t.match(await outboxRows(store), [
    { state: "sent" },
    { state: "failed", attempts: 1 },
    { state: "sent" },
  ]);
});

test("an edit finds the message of the call it names", async (t) => {
  const { store, sender, end, texts, telegram } = await sending(t);
  telegram.fault({ method: "sendMessage", kind: "5xx" });
  await store.write((transaction) => {
    const id = owe(transaction, {
      lane: "1000",
      method: "sendMessage",
      payload: { chat_id: 1000, text: "card" },
    });
    owe(transaction, {
      lane: "1000",
      method: "editMessageText",
      payload: { chat_id: 1000, message_of: id, text: "closed" },
    });
  });
  sender.wake();
  await end(2);
  t.same(texts(), ["closed"]);
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
  sender.wake();
  t.same(begun, ["slow"]);
  t.match(await outboxRows(store), [{ state: "sent", message_id: 5 }, { state: "pending" }]);
});

test("a reply has ended when all of its calls have", async (t) => {
  const { store, outbox, sender, telegram, end } = await sending(t);
  telegram.fault({ kind: "refuse", description: "Bad Request: no", method: "sendMessage" });
  await store.write((transaction) => {
    say(transaction, conversation(1000), "refused", { replyId: "bad" });
    say(transaction, conversation(1000), `${"x".repeat(4096)}y`, { replyId: "good", silent: true });
  });
  const timely = AbortSignal.timeout(10_000);
  t.same(await outbox.replyEnded("good", AbortSignal.abort()), {
    state: "pending",
    messageIds: [],
  });
  const good = outbox.replyEnded("good", timely);
  sender.wake();
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

test("a call that nobody takes for a day is given up", async (t) => {
  const { store, send, end, telegram } = await sending(t);
  telegram.fault({ kind: "5xx", times: 9 });
  await store.write((transaction) => {
    owe(transaction, {
      lane: "1000",
      method: "sendMessage",
      payload: { chat_id: 1000, text: "old" },
    });
    transaction.run("UPDATE outbox SET created_at = ?", Date.now() - 25 * 3_600_000);
  });
  await send("new", 2000);
  await end(1);
  t.match(await outboxRows(store), [
    { state: "failed", attempts: 1 },
    { state: /pending|sending/ },
  ]);
});

test("failures are sorted by whether the call may have taken effect", async (t) => {
  const grammy = (error_code: number, description: string, parameters: object = {}) =>
    new GrammyError(
      "failed",
      { ok: false, error_code, description, parameters },
      "sendMessage",
      {},
    );
  const network = (...codes: string[]) =>
    new HttpError(
      "Network request failed",
      codes.reduceRight<Error | undefined>(
        (cause, code) => Object.assign(new Error("x", { cause }), { code }),
        undefined,
      ) ?? new Error("no code"),
    );
  const outcomes: [unknown, object][] = [
    [grammy(429, "Too Many Requests", { retry_after: 7 }), { kind: "limited", retryAfterMs: 7000 }],
    [grammy(429, "Too Many Requests"), { kind: "limited", retryAfterMs: 1000 }],
    [grammy(400, "Bad Request: chat not found"), { kind: "refused", status: 400 }],
    [grammy(403, "Forbidden"), { kind: "refused", status: 403 }],
    [grammy(400, "Bad Request: message is not modified: x"), { kind: "ok" }],
    [grammy(400, "Bad Request: query is too old and response timeout expired"), { kind: "ok" }],
    [grammy(401, "Unauthorized"), { kind: "unreachable" }],
    [grammy(500, "Internal"), { kind: "unreachable" }],
    [grammy(504, "Gateway Timeout"), { kind: "uncertain" }],
    [network("ECONNREFUSED"), { kind: "unreachable", reason: "ECONNREFUSED" }],
    [network("UND_ERR", "ENOTFOUND"), { kind: "unreachable" }],
    [network("GATEWAY_502"), { kind: "unreachable" }],
    [network("GATEWAY_504"), { kind: "uncertain" }],
    [network("GATEWAY_413"), { kind: "refused", status: 413 }],
    [network("GATEWAY_404"), { kind: "unreachable" }],
    [network("ECONNRESET"), { kind: "uncertain", reason: "ECONNRESET" }],
    [network("UND_ERR_HEADERS_TIMEOUT"), { kind: "uncertain" }],
    [network(), { kind: "uncertain", reason: "no answer" }],
    [network("ENOENT"), { kind: "refused", description: "the file is gone" }],
    [new Error("anything"), { kind: "uncertain" }],
  ];
  for (const [error, outcome] of outcomes) t.match(outcomeOf(error), outcome, String(error));
  const happyEyeballs = new AggregateError([
    Object.assign(new Error("4"), { code: "ECONNREFUSED" }),
  ]);
  t.match(outcomeOf(new HttpError("x", new Error("fetch failed", { cause: happyEyeballs }))), {
    kind: "unreachable",
  });
});

test("pauses grow to half a minute and no further", async (t) => {
  t.same(
    [1, 2, 3, 5, 6, 50].map((attempts) => pauseAfter(attempts)),
    [1000, 2000, 4000, 16_000, 30_000, 30_000],
  );
});

test("a call that becomes due between two looks is not forgotten", async (t) => {
  const store = memoryStore(t);
  const outbox = new Outbox(store);
  await store.write((transaction) => {
    owe(transaction, { lane: "1", method: "sendMessage", payload: { chat_id: 1, text: "x" } });
  });
  const [call] = await outbox.take(new Set());
  t.equal(await outbox.nextDue(new Set(["1"])), undefined, "its lane is busy");
  const soon = Date.now() + 60_000;
  await outbox.putBack(call as OwedCall, "uncertain", soon);
  t.same(await outbox.take(new Set()), [], "too early");
  t.intercept(Date, "now", { value: () => soon + 1 });
  t.equal(await outbox.nextDue(new Set()), soon, "and by now it is time");
});
