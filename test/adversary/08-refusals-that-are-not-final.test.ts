import { test } from "tap";
import { Allowed } from "../../src/access/allowed.ts";
import { useConversation } from "../../src/agents/conversations.ts";
import { addButton } from "../../src/buttons/buttons.ts";
import { followMigration } from "../../src/bot/follow-migration.ts";
import { chooseSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { retryNow } from "../../src/outbox/chats.ts";
import { say } from "../../src/outbox/say.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { Settings } from "../../src/store/settings.ts";
import { keptLog } from "../support/app.ts";
import { outboxRows, rows } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { sending } from "../support/sending.ts";

test("what waits for a group that became a supergroup goes there, and its new id is allowed", async (t) => {
  const { store, sender, texts, end, telegram, log } = await sending(t, {
    call: async (method, payload) => {
      if (payload["chat_id"] === -100) return { kind: "migrated", chatId: -1000 };
      return others(method, payload);
    },
  });
  const others = async (_: string, payload: Record<string, unknown>) => {
    telegram.operatorSends({ chatId: -1000, text: String(payload["text"]) });
    return { kind: "ok" as const, messageId: 1 };
  };
  const allowed = new Allowed({ chats: [1000, -100], users: [1000] }, new Settings(store));
  const options = { store, allowed, log: keptLog().log };
  sender.on("migrated", (from, to) => void followMigration(options, from, to));
  await store.write(async (transaction) => {
    await useConversation(transaction, conversation(-100), "site");
    await addPrompt(transaction, newPrompt(1, { conversation: "-100" }));
    const button = { purpose: "p", subject: "s", action: 1, conversation: "-100", once: true };
    await addButton(transaction, button);
    await chooseSettings(transaction, conversation(-100), { format: "auto" });
    await say(transaction, conversation(-100), "one", { kind: "reply" });
    await say(transaction, conversation(-100), "two", { kind: "reply" });
  });
  sender.start();
  await end(4);
  const said = texts(-1000).filter((text) => text !== "undefined");
  t.same(
    said.filter((text) => /^(one|two)$/.test(text)),
    ["one", "two"],
  );
  t.match(
    said.find((text) => text.startsWith("This group")),
    "Replace -100 with -1000",
  );
  t.same(allowed.chats, [1000, -100, -1000]);
  t.same(await rows(store, "SELECT key, chat_id, agent FROM conversations"), [
    { key: "-1000", chat_id: -1000, agent: "site" },
  ]);
  for (const table of ["prompts", "buttons", "conversation_settings"]) {
    const moved = await rows(store, `SELECT conversation FROM ${table}`);
    t.same(moved, [{ conversation: "-1000" }], table);
  }
  t.notMatch(log.lines.join("\n"), /is given up/);

  const later = new Allowed({ chats: [-100], users: [1000] }, new Settings(store));
  await later.load();
  t.same(later.chats, [-100, -1000], "after a restart as well");
  const removed = new Allowed({ chats: [1000], users: [1000] }, new Settings(store));
  await removed.load();
  t.same(removed.chats, [1000], "and no longer than the old one is in the settings");
  await removed.follow(-7, -8);
  t.same(removed.chats, [1000], "a chat that is not allowed brings no other in");
});

test("a chat that blocked the bot keeps its messages, and gets them when its operator writes", async (t) => {
  const { telegram, store, sender, texts, end, send } = await sending(t, { firstPauseMs: 60_000 });
  telegram.operatorSends({ text: "hi" });
  const description = "Forbidden: bot was blocked by the user";
  telegram.fault({ kind: "refuse", status: 403, description });
  await send("kept");
  await telegram.called("sendMessage", ({ status }) => status === 403);
  await telegram.until(() => (sender.listenerCount("ended") > 0 ? true : undefined));
  while ((await outboxRows(store))[0]?.state !== "pending") await new Promise(setImmediate);
  t.same(texts(), ["hi"]);
  await store.write((transaction) => retryNow(transaction, "1000"));
  await end(1);
  t.same(texts(), ["hi", "kept"]);
});
