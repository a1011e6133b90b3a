import { test, type Test } from "tap";
import type { Command } from "../../src/bot/context.ts";
import { sendView } from "../../src/bot/view.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { InboxWorker } from "../../src/inbox/worker.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows, rows } from "../support/memory.ts";
import { until } from "../support/until.ts";
import { press, update } from "../support/updates.ts";

/** A command that fails for good. */
const broken: Command = {
  name: "break",
  group: "help",
  description: "fails",
  run: async ({ work }) => {
    work.addEffect(async () => {
      throw new Error("it is broken");
    });
  },
};

/** Gives updates to a worker until they are given up; resolves to what was said then, and where. */
async function givenUp(t: Test, all: Awaited<ReturnType<typeof chat>>, one: object, id: number) {
  const { app, store, handler } = all;
  const worker = new InboxWorker({ store, inbox: app.inbox, log: app.log, faultPauseMs: 1 });
  t.teardown(() => worker.stop());
  const before = (await outboxRows(store)).length;
  await app.inbox.add(id, "1000", JSON.stringify(one));
  worker.begin(handler);
  await until(async () => {
    const [row] = await rows<{ state: string }>(
      store,
      `SELECT state FROM updates WHERE update_id = ${id}`,
    );
    return row?.state === "failed" ? true : undefined;
  });
  await worker.stop();
  return (await outboxRows(store)).slice(before);
}

test("a press that is given up is answered in the conversation of its button, and ends its waiting", async (t) => {
  const all = await chat(t, {}, { extra: [broken] });
  const topic = conversation(-100, 5);
  const buttons = [[{ label: "Break", command: "break" }]];
  await all.store.write((transaction) =>
    sendView(transaction, { conversation: topic, operator: 1000 }, { text: "?", buttons }),
  );
  const [{ key } = { key: "" }] = await rows<{ key: string }>(all.store, "SELECT key FROM buttons");
  const group = { id: -100, type: "supergroup", title: "us" };
  const message = {
    message_id: 8,
    date: 0,
    chat: group,
    message_thread_id: 5,
    is_topic_message: true,
  };
  t.match(await givenUp(t, all, press(41, key, { message }), 41), [
    { method: "answerCallbackQuery", payload: { callback_query_id: "query-41" } },
    {
      method: "sendMessage",
      payload: {
        chat_id: -100,
        message_thread_id: 5,
        text: "That button could not be handled. Press it again, or check /status.",
        reply_markup: { inline_keyboard: [[{ text: "Status" }]] },
      },
    },
  ]);
});

test("a message that is given up is answered with a button that asks how things are", async (t) => {
  const all = await chat(t, {}, { extra: [broken] });
  t.match(await givenUp(t, all, update(41, { text: "/break" }), 41), [
    {
      method: "sendMessage",
      payload: {
        chat_id: 1000,
        text: "This message could not be handled. Send it again, or check /status.",
        reply_markup: { inline_keyboard: [[{ text: "Status" }]] },
      },
    },
  ]);
});
