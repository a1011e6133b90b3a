import { test } from "tap";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { renderMarkdown } from "../../src/chat/markdown/render.ts";
import { sending } from "../support/sending.ts";
import { tapsIn } from "../support/telegram-rules.ts";

const no = { method: "sendMessage", kind: "refuse", description: "Bad Request: no" } as const;
const call = (text: string, fields: object = {}) => ({
  lane: "1000",
  method: "sendMessage",
  payload: { chat_id: 1000, text, entities: [{ type: "pre", offset: 0, length: 1 }] },
  ...fields,
});

test("a refused call is made once more in its plain form, and then its failure is told", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  const fallback = { refused: { text: "plain", entities: [] }, failed: "not shown" };
  telegram.fault(no);
  await store.write((transaction) => enqueue(transaction, call("first", { fallback })));
  sender.start();
  await end(1);
  t.same(texts(), ["plain"]);
  telegram.fault({ ...no, times: 2 });
  await store.write((transaction) => enqueue(transaction, call("second", { fallback })));
  await end(3);
  t.same(texts(), ["plain", "not shown"]);
});

test("a call that needs another is made otherwise when that one was given up", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  telegram.fault(no);
  await store.write(async (transaction) => {
    for (const name of ["lost", "kept"]) {
      const needs = [await enqueue(transaction, call(name))];
      const fallback = { needs, unmet: { text: `without ${name}`, entities: [] } };
      await enqueue(transaction, call(`after ${name}`, { fallback }));
    }
  });
  sender.start();
  await end(4);
  t.same(texts(), ["without lost", "kept", "after kept"]);
});

test("what stands in for a call that lacks another is not replaced by the call's plain form", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  telegram.fault({ ...no, times: 2 });
  await store.write(async (transaction) => {
    const needs = [await enqueue(transaction, call("lost"))];
    const fallback = { needs, unmet: { text: "less" }, refused: { text: "plain" }, failed: "told" };
    await enqueue(transaction, call("all", { fallback }));
  });
  sender.start();
  await end(3);
  t.same(texts(), ["told"]);
});

test("the failure of an edit is told in the topic of its lane", async (t) => {
  const { telegram, store, sender, end } = await sending(t);
  telegram.operatorSends({ chatId: -100, threadId: 5, text: "hello" });
  const payload = { chat_id: -100, message_id: 999, text: "edited" };
  const edit = { lane: "-100:5 urgent", method: "editMessageText", payload };
  const fallback = { failed: "not shown" };
  await store.write((transaction) => enqueue(transaction, { ...edit, fallback }));
  sender.start();
  await end(2);
  t.match(telegram.chat(-100).at(-1), { text: "not shown", thread_id: 5 });
});

test("what is repeated without its formatting has nothing in it that can be tapped by that", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  const bad = { ...no, description: "Bad Request: can't parse entities" };
  const words = "Write /stop@a_bot or `/abort` to @someone, see tg://proxy?server=x.";
  const longest = `${"x".repeat(4096 - words.length - 1)} ${words}`;
  sender.start();
  for (const [index, text] of [words, longest].entries()) {
    const { text: shown, entities } = renderMarkdown(text);
    t.ok(entities.length > 0);
    telegram.fault(bad);
    const payload = { chat_id: 1000, text: shown, entities };
    const one = { lane: "1000", method: "sendMessage", payload };
    await store.write((transaction) => enqueue(transaction, one));
    await end(index + 1);
  }
  const [short = "", long = ""] = texts();
  for (const text of [short, long]) {
    t.same(tapsIn({ text, entities: [] }), []);
    t.ok(text.length <= 4096);
  }
  t.equal(short.replaceAll("\u2060", ""), words.replaceAll("`", ""));
});
