import { test } from "tap";
import type { Update } from "grammy/types";
import { liveChat } from "../../support/live-chat.ts";
import { addPrompt } from "../../../src/prompts/prompts.ts";
import { newPrompt } from "../../support/prompts.ts";
import { rows } from "../../support/memory.ts";

const aborted = "SELECT id FROM prompts WHERE abort_at IS NOT NULL";

const stopped = (update_id: number, draft_id: number): Update => ({
  update_id,
  stopped_message_generation: {
    chat: { id: 1000, type: "private", first_name: "Operator" },
    draft_id,
  },
});

test("the button of the live message stops its turn, and says so in it", async (t) => {
  const chat = await liveChat(t);
  const { id } = await chat.begin(1);
  const [message] = chat.said();
  await chat.give(
    chat.telegram.operatorPresses({ messageId: message?.message_id ?? 0, button: "Stop" }).update,
  );
  t.same(await rows(chat.store, aborted), [{ id }]);
  await chat.showing("editMessageText", (text) => text.startsWith("default_agent: stopping"));
});

test("in a group every operator may stop the turn of another's prompt, and choose what waits", async (t) => {
  const chat = await liveChat(t);
  chat.telegram.operatorSends({ chatId: -100, text: "hello" });
  const { id } = await chat.begin(1, { chatId: -100 });
  await chat.store.write((transaction) =>
    addPrompt(transaction, newPrompt(2, { agent: "default_agent", conversation: "-100" })),
  );
  const press = (button: string) => {
    const messageId = chat.said(-100).findLast(({ reply_markup: markup }) => markup)!.message_id;
    const about = { messageId, button, chatId: -100, userId: 2000 };
    return chat.press(chat.telegram.operatorPresses(about).update);
  };
  t.equal(await press("Stop"), "Stopping the turn of default_agent.");
  t.same(await rows(chat.store, aborted), [{ id }]);
  await chat.end(id, { kind: "stopped", text: "" });
  await chat.settled();
  t.equal(await press("Continue"), "Waiting messages are being delivered.");
});

test("a late press of the button stops nothing", async (t) => {
  const chat = await liveChat(t);
  const { id } = await chat.begin(1);
  const [message] = chat.said();
  const { update } = chat.telegram.operatorPresses({
    messageId: message?.message_id ?? 0,
    button: "Stop",
  });
  await chat.end(id);
  await chat.begin(2);
  await chat.give(update);
  t.same(await rows(chat.store, aborted), []);
});

test("Telegram's own Stop stops the turn of its draft", async (t) => {
  const chat = await liveChat(t);
  const { id } = await chat.begin(1);
  t.same(
    await chat.give(stopped(9, id)),
    [],
    "a message would end the draft, and the turn's end follows",
  );
  t.same(await rows(chat.store, aborted), [{ id }]);
});

test("Telegram's own Stop on the draft of a turn that is over, or of nobody, stops nothing", async (t) => {
  const chat = await liveChat(t);
  const { id } = await chat.begin(1);
  await chat.end(id);
  await chat.begin(2);
  t.match((await chat.give(stopped(8, id))).at(-1), "that turn of default_agent is over");
  t.same(await chat.give(stopped(9, 12_345)), []);
  t.same(await rows(chat.store, aborted), []);
});

test("Telegram's own Stop in another chat stops nothing here", async (t) => {
  const chat = await liveChat(t);
  const { id } = await chat.begin(1);
  const chatOf2000 = { id: 2000, type: "private" as const, first_name: "Other" };
  const update = { update_id: 9, stopped_message_generation: { chat: chatOf2000, draft_id: id } };
  t.same(await chat.give(update), []);
  t.same(await rows(chat.store, aborted), []);
});
