import { test } from "tap";
import { change } from "../support/memory.ts";
import { chat } from "../support/bot-chat.ts";

const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 };

test("a comment and the messages forwarded with it are one prompt, in order", async (t) => {
  const { write, prompts } = await chat(t);
  await write("Summarise this:");
  t.match(await prompts(), [{ state: "receiving" }]);
  await write("first\nmessage", { forward_origin });
  await write("second", { forward_origin });
  const forwarded = "Forwarded message:\n> first\n> message\n\nForwarded message:\n> second";
  t.match(await prompts(), [{ text: `Summarise this:\n\n${forwarded}`, state: "receiving" }]);
  await write("And another thing");
  await write("third", { forward_origin });
  t.match(await prompts(), [{}, { text: "And another thing\n\nForwarded message:\n> third" }]);
});

test("a forward joins no prompt of somebody else, elsewhere, to another agent, too late, or too long", async (t) => {
  const { write, prompts, store, start } = await chat(t, {
    TELEGRAM_ALLOWED_USER_ID: "1000,1001",
  });
  const group = { id: -100, type: "supergroup", title: "Group" };
  await write("in the private chat");
  await write("another chat", { forward_origin, chat: group });
  await write("in the group", { chat: group });
  const other = { id: 1001, is_bot: false, first_name: "Bo" };
  await write("another operator", { forward_origin, chat: group, from: other });
  await start("other");
  await write("/switch other");
  await write("another agent", { forward_origin });
  await change(store, "UPDATE prompts SET receive_until = 1");
  await write("to the other agent");
  await change(store, "UPDATE prompts SET receive_until = 1");
  await write("too late", { forward_origin });
  await write("x".repeat(4000));
  await write("too long", { forward_origin });
  const texts = (await prompts()).map(({ text }) => text.slice(0, 30));
  t.same(texts, [
    "in the private chat",
    "Forwarded message:\n> another c",
    "in the group",
    "Forwarded message:\n> another o",
    "Forwarded message:\n> another a",
    "to the other agent",
    "Forwarded message:\n> too late",
    "x".repeat(30),
    "Forwarded message:\n> too long",
  ]);
});

test("with JOIN_MS=0 no prompt waits", async (t) => {
  const { write, prompts } = await chat(t, { JOIN_MS: "0" });
  await write("Summarise this:");
  await write("first", { forward_origin });
  t.match(await prompts(), [{ state: "queued" }, { state: "queued" }]);
});
