import { test } from "tap";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { isRepeatable, withoutFormatting } from "../../src/outbox/payload.ts";
import { longestSpoken } from "../../src/outbox/speech.ts";
import { outboxRows } from "../support/memory.ts";
import { sending } from "../support/sending.ts";

test("what is safe to repeat is repeated as it is", async (t) => {
  const { telegram, store, sender, end } = await sending(t);
  const card = telegram.operatorSends({ text: "x" }).message;
  await store.write(async (transaction) => {
    const payload = {
      chat_id: 1000,
      text: "card",
      reply_markup: { inline_keyboard: [[{ text: "b", callback_data: "k" }]] },
    };
    await enqueue(transaction, { lane: "1000", method: "sendMessage", payload });
  });
  sender.start();
  await end(1);
  const { message_id } = telegram.chat().at(-1)!;
  t.not(message_id, card.message_id);
  const { callback_query } = telegram.operatorPresses({ messageId: message_id, button: "b" });
  telegram.fault({ method: "editMessageText", kind: "reset-after" });
  telegram.fault({ method: "answerCallbackQuery", kind: "reset-before" });
  await store.write(async (transaction) => {
    await enqueue(transaction, {
      lane: "1000",
      method: "editMessageText",
      payload: { chat_id: 1000, message_id, text: "edited" },
    });
    await enqueue(transaction, {
      lane: "query",
      method: "answerCallbackQuery",
      payload: { callback_query_id: callback_query.id, text: "ok" },
    });
  });
  sender.start();
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

test("words without their formatting leave the room that the line on who speaks needs", async (t) => {
  for (const count of [10, 50, 90]) {
    const commands = "/stop ".repeat(count);
    const text = `${"x".repeat(longestSpoken - commands.length - 1)} ${commands}`;
    const plain = withoutFormatting({ text, entities: [] })?.["text"] as string;
    t.ok(plain.length <= longestSpoken, `${plain.length}`);
    t.notMatch(plain, "/stop");
  }
});
