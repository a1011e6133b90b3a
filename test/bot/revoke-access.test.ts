import { test } from "tap";
import { addTask } from "../../src/bot/tasks.ts";
import { conversation as place } from "../../src/chat/conversation.ts";
import { addButton } from "../../src/buttons/buttons.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { startApp, tempDir, testEnv } from "../support/app.ts";
import { rows } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { update } from "../support/updates.ts";

const group = { id: -100, type: "supergroup", title: "g" };
const other = { id: 2000, is_bot: false, first_name: "Other" };

test("what is still open of users and chats no longer allowed is given up at the start", async (t) => {
  const places = testEnv(tempDir(t));
  const before = await startApp(t, {
    ...places,
    TELEGRAM_ALLOWED_CHAT_ID: "1000,-100,-200",
    TELEGRAM_ALLOWED_USER_ID: "1000,2000",
  });
  await before.app.inbox.add(1, "1000", JSON.stringify(update(1, { text: "mine" })));
  const theirs = update(2, { text: "theirs", from: other, chat: group });
  await before.app.inbox.add(2, "-100", JSON.stringify(theirs));
  await before.app.store.write(async (transaction) => {
    await addPrompt(transaction, newPrompt(3));
    await addPrompt(transaction, newPrompt(4, { operator: 2000, conversation: "-100" }));
    await addPrompt(transaction, newPrompt(5, { conversation: "-200" }));
    const task = { command: "undo", input: {}, operator: 1000 };
    for (const [index, chatId] of [1000, -100, -200].entries()) {
      const one = { ...task, lane: `${index}`, conversation: place(chatId) };
      await addTask(transaction, { ...one, operator: chatId === -100 ? 2000 : 1000 });
    }
    for (const chat_id of [1000, -100, -200]) {
      const payload = { chat_id, text: "words" };
      await enqueue(transaction, { lane: `${chat_id}`, method: "sendMessage", payload });
    }
    for (const [id, conversation] of [
      ["per_1", "1000"],
      ["per_2", "-200"],
    ] as const) {
      await transaction.run(
        `INSERT INTO cards (request_id, kind, agent, conversation, request, state, created_at)
         VALUES (?, 'permission', 'site', ?, '{}', 'open', 0)`,
        id,
        conversation,
      );
      const button = { purpose: "card", subject: id, action: 1, conversation, once: true };
      await addButton(transaction, button);
    }
  });
  await before.app.close();

  const { app, kept } = await startApp(t, {
    ...places,
    TELEGRAM_ALLOWED_CHAT_ID: "1000,-100",
    TELEGRAM_ALLOWED_USER_ID: "1000",
  });
  const states = (sql: string) => rows<{ id: number; state: string }>(app.store, sql);
  t.same(await states("SELECT update_id AS id, state FROM updates ORDER BY 1"), [
    { id: 1, state: "pending" },
    { id: 2, state: "failed" },
  ]);
  t.same(await states("SELECT update_id AS id, state FROM prompts ORDER BY 1"), [
    { id: 3, state: "queued" },
    { id: 4, state: "cancelled" },
    { id: 5, state: "cancelled" },
  ]);
  t.same(
    await states(
      "SELECT lane AS id, state FROM outbox WHERE method = 'sendMessage' ORDER BY outbox.id",
    ),
    [
      { id: "1000", state: "pending" },
      { id: "-100", state: "pending" },
      { id: "-200", state: "failed" },
    ],
  );
  t.same(await states("SELECT lane AS id, state FROM tasks ORDER BY tasks.id"), [
    { id: "0", state: "pending" },
    { id: "1", state: "done" },
    { id: "2", state: "done" },
  ]);
  t.same(await rows(app.store, "SELECT request_id FROM cards"), [{ request_id: "per_1" }]);
  t.same(await rows(app.store, "SELECT subject FROM buttons"), [{ subject: "per_1" }]);
  t.match(kept.entries, [{ msg: /no longer allowed/, updates: 1, prompts: 2, tasks: 2, calls: 2 }]);
});

test("a start with the same settings gives up nothing", async (t) => {
  const { kept } = await startApp(t);
  t.notMatch(kept.lines.join(""), /no longer allowed/);
});
