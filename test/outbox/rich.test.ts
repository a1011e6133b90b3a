import { test, type Test } from "tap";
import { chooseSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { joined } from "../../src/chat/formatted-text.ts";
import { splitFormatted } from "../../src/chat/markdown/split.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { sayAnswer } from "../../src/outbox/answer.ts";
import { say } from "../../src/outbox/say.ts";
import type { Transaction } from "../../src/store/store.ts";
import { outboxRows } from "../support/memory.ts";
import { openGate, sending } from "../support/sending.ts";

const here = conversation(1000);
const table = "| a | b |\n|---|---|\n| 1 | 2 |";
const refused = {
  method: "sendRichMessage",
  kind: "refuse",
  description: "Bad Request: can't parse rich message",
} as const;

/** Adds an answer of an agent in one of its two forms. */
async function add(transaction: Transaction, markdown: string, fields: object = {}): Promise<void> {
  const messages = splitFormatted(joined(markdown));
  const answer = { messages, document: undefined, rich: { markdown, parts: messages } };
  await sayAnswer(transaction, here, answer, { kind: "reply", ...fields });
}

/** A sender to a chat that chose rich messages. */
async function rich(t: Test, format: "auto" | "classic" = "auto") {
  const all = await sending(t);
  const { store, telegram, sender } = all;
  await store.write((transaction) => chooseSettings(transaction, here, { format }));
  const answer = async (markdown: string, options: object = {}) => {
    await store.write((transaction) => add(transaction, markdown, options));
    sender.start();
  };
  const made = () => telegram.calls.map(({ method, status }) => `${method} ${status}`);
  return { ...all, answer, made };
}

test("an answer that needs it is one rich message, and every other one is classic", async (t) => {
  const { telegram, answer, end, texts, made } = await rich(t);
  const long = `${"word ".repeat(1500)}end`;
  for (const one of ["plain *text*", table, long]) await answer(one, { silent: true });
  await end(3);
  t.same(texts(), ["plain *text*", table, long]);
  t.same(made(), ["sendMessage 200", "sendRichMessage 200", "sendRichMessage 200"]);
  t.match(telegram.calls[1]?.payload, {
    disable_notification: true,
    rich_message: { skip_entity_detection: true },
  });
  const other = await rich(t, "classic");
  await other.answer(table);
  await other.end(1);
  t.same(other.made(), ["sendMessage 200"]);
});

test("a rich message that is refused is sent once as classic messages, in its place", async (t) => {
  const { telegram, store, answer, end, texts, made } = await rich(t);
  telegram.fault(refused);
  const [first, second] = [`${table}\n\n${"x".repeat(4000)}`, "y".repeat(3000)];
  const long = `${first}\n\n${second}`;
  await answer(long, { replyId: "r", agent: "site" });
  await answer("next");
  await end(2);
  t.same(texts(), [first, second, "next"]);
  t.same(made(), ["sendRichMessage 400", ...Array.from({ length: 3 }, () => "sendMessage 200")]);
  t.match(await outboxRows(store), [
    { method: "sendMessage", state: "sent", reply_id: "r" },
    { method: "sendMessage", state: "sent" },
  ]);
  t.equal((await new Outbox(store).replyState("r")).state, "sent");
});

test("the keyboard of a refused rich message stands under the last of its messages, and its quote on the first", async (t) => {
  const { telegram, store, sender, end } = await rich(t);
  const { message } = telegram.operatorSends({ text: "do it" });
  telegram.fault(refused);
  await store.write((transaction) =>
    enqueue(transaction, {
      lane: "1000",
      method: "sendRichMessage",
      payload: {
        chat_id: 1000,
        rich_message: { markdown: table },
        reply_parameters: { message_id: message.message_id },
        reply_markup: { inline_keyboard: [[{ text: "Ship it", callback_data: "k" }]] },
      },
      fallback: { classic: [{ text: "one" }, { text: "two" }] },
    }),
  );
  sender.start();
  await end(1);
  t.match(telegram.chat().slice(1), [
    { text: "one", reply_to: message.message_id, reply_markup: undefined },
    {
      text: "two",
      reply_to: undefined,
      reply_markup: { inline_keyboard: [[{ text: "Ship it" }]] },
    },
  ]);
});

test("when the classic messages are refused as well, the loss is told", async (t) => {
  const { telegram, answer, end, texts } = await rich(t);
  telegram.fault(refused);
  telegram.fault({ ...refused, method: "sendMessage" });
  await answer(table);
  await end(2);
  t.match(texts(), [/^An answer may be missing here/]);
});

test("a rich message whose answer was lost is repeated as one, with the mark", async (t) => {
  const { telegram, answer, end, texts, made } = await rich(t);
  telegram.fault({ kind: "reset-after", method: "sendRichMessage" });
  await answer(table);
  await end(1);
  t.same(texts(), [table, `${table}\n\n↻`]);
  t.same(made(), ["sendRichMessage 0", "sendRichMessage 200"]);
});

test("a rich message that may have arrived is never sent in another form", async (t) => {
  const { telegram, answer, end, texts, made } = await rich(t);
  telegram.fault({ kind: "reset-after", method: "sendRichMessage" });
  telegram.fault(refused);
  await answer(table);
  await end(2);
  t.match(texts(), [table, /^An answer may be missing here/]);
  t.same(made(), ["sendRichMessage 0", "sendRichMessage 400", "sendMessage 200"]);
});

test("a rich message that was under way when the process died is repeated as one", async (t) => {
  const { store, sender, end, texts } = await rich(t);
  await store.write((transaction) => add(transaction, table));
  t.match(await new Outbox(store).take(new Set(), openGate), [{ method: "sendRichMessage" }]);
  sender.start();
  await end(1);
  t.same(texts(), [`${table}\n\n↻`]);
});

test("a 429, a fault of the server and a blocked bot change no form", async (t) => {
  const { telegram, answer, end, texts } = await rich(t);
  const { method } = refused;
  telegram.fault({ kind: "429", retryAfter: 0, method });
  telegram.fault({ kind: "5xx", method });
  telegram.fault({ kind: "refuse", status: 404, description: "Not Found: chat not found", method });
  await answer(table);
  await end(1);
  t.same(texts(), [table]);
});

test("a server that knows no rich messages is asked once, and any other refusal says nothing of it", async (t) => {
  const { telegram, answer, end, made } = await rich(t);
  telegram.fault(refused);
  await answer(table);
  await answer(table);
  await end(2);
  t.same(made(), ["sendRichMessage 400", "sendMessage 200", "sendRichMessage 200"]);
  const description = "Not Found: method not found";
  telegram.fault({ ...refused, status: 404, description });
  for (const one of [table, table, table]) await answer(one);
  await end(5);
  const classic = Array.from({ length: 3 }, () => "sendMessage 200");
  t.same(made().slice(3), ["sendRichMessage 404", ...classic]);
});

test("each part of a refused rich message is repeated by itself", async (t) => {
  const { telegram, store, answer, end, texts } = await rich(t);
  telegram.fault(refused);
  telegram.fault({ kind: "reset-after", method: "sendMessage" });
  const [first, second] = ["x".repeat(4000), "y".repeat(4000)];
  await answer(`${table}\n${first} ${second}`);
  await store.write((transaction) => say(transaction, here, "next", { kind: "reply" }));
  await end(2);
  const once = `${table}\n${first}`;
  t.same(texts(), [once, `${once} ↻`, second, "next"]);
});
