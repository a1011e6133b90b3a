import { test } from "tap";
import { outboxLane } from "../../src/outbox/lanes.ts";
import type { NewMessage } from "../../src/outbox/message.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { spokenIn } from "../../src/outbox/spoken.ts";
import { change, memoryStore } from "../support/memory.ts";

test("the words of an agent are found by their message, whatever form they were sent in", async (t) => {
  const store = await memoryStore(t);
  const speech = { agent: "site", session: "ses_1" };
  const send = async (messageId: number, fields: object, more: Partial<NewMessage> = {}) => {
    const payload = { chat_id: -100, ...fields };
    const lane = outboxLane("-100:5", "reply");
    await store.write((transaction) =>
      enqueue(transaction, { lane, method: "sendMessage", payload, speech, ...more }),
    );
    await change(store, "UPDATE outbox SET message_id = ? WHERE message_id IS NULL", messageId);
  };
  const found = (messageId: number, chatId = -100) =>
    store.read((transaction) => spokenIn(transaction, chatId, messageId));

  await send(1, { text: "a text" });
  await send(
    2,
    { rich_message: { markdown: "**rich**" } },
    { fallback: { classic: [{ text: "rich" }] } },
  );
  await send(3, { document: { path: "/x", name: "a.txt" }, caption: "read this" });
  await send(4, { document: { path: "/x", name: "b.txt" } });
  await send(5, { text: "a card" }, { speech: undefined });
  await send(7, { photo: { path: "/x", name: "c.png" } }, { method: "sendPhoto" });
  await send(8, { video: { path: "/x", name: "d.mp4" } }, { method: "sendVideo" });
  const spoken = { method: "sendVoice", speech: { ...speech, answers: 1 } };
  await send(9, { voice: { path: "/x", name: "voice.ogg" } }, spoken);
  const texts = [];
  for (const id of [1, 2, 3, 4, 7, 8, 9]) texts.push((await found(id))?.text);
  t.same(texts, ["a text", "rich", "read this", "b.txt", "c.png", "d.mp4", "a text"]);
  t.match(await found(1), { conversation: "-100:5", speech });
  t.same([await found(5), await found(6), await found(1, 1000)], [undefined, undefined, undefined]);
});
