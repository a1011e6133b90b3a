import { test } from "tap";
import { conversation } from "../../src/chat/conversation.ts";
import { sendView } from "../../src/bot/view.ts";
import { chat } from "../support/bot-chat.ts";
import type { Message } from "../support/telegram-rules.ts";
import { faultsOf } from "../support/telegram-rules.ts";
import { change, outboxRows } from "../support/memory.ts";

const group = { chat: { id: -5, type: "supergroup", title: "us" } };

test("/queue and /working show the words of their own conversation only", async (t) => {
  const { write, store } = await chat(t);
  await write("my secret task");
  await write("the group's", group);
  t.match(await write("/queue", group), [
    /:\n1\. a message from another conversation\n2\. the group's$/,
  ]);
  t.match(await write("/queue"), [
    /:\n1\. my secret task\n2\. a message from another conversation$/,
  ]);
  await change(store, "UPDATE prompts SET state = 'running', attempted_at = 1 WHERE id = 1");
  t.match(await write("/queue", group), [/^Running: a message from another conversation\n/]);
  t.match(await write("/working", group), [/ on: a message from another conversation$/]);
  t.match(await write("/working"), [/ on: my secret task$/]);
});

test("a prompt of the queue is not changed by its number", async (t) => {
  const { write, prompts } = await chat(t);
  await write("one");
  for (const wish of ["drop 1", "now 1", "first 1", "hold default_agent"]) {
    t.same(await write(`/queue --${wish}`, group), ["Use the buttons of /queue."]);
  }
  t.match(await prompts(), [{ state: "receiving" }]);
});

test("a button always has a label that Telegram takes and that hides nothing", async (t) => {
  const { store } = await chat(t);
  const labels = ["", "  ", "a\u202eb\nc", "x".repeat(60)];
  const place = { conversation: conversation(1000), operator: 1000 };
  const buttons = [labels.map((label) => ({ label, command: "mode", argument: label }))];
  await store.write((transaction) => sendView(transaction, place, { text: "?", buttons }));
  t.match((await outboxRows(store)).at(-1)?.payload["reply_markup"], {
    inline_keyboard: [
      [
        { text: "…" },
        { text: "…" },
        { text: "a\\u{202e}b\\u{a}c" },
        { text: `${"x".repeat(39)}…` },
      ],
    ],
  });
});

test("nothing in the words of agents can be tapped where a command shows them", async (t) => {
  const { write, store, controls } = await chat(t);
  const content = "run /stop, ask @hans \u2067now";
  controls.todo = async () => [{ content, status: "pending", priority: "low" }];
  await write("do /abort now");
  for (const command of ["/todo", "/queue"]) {
    await write(command);
    const { payload } = (await outboxRows(store)).at(-1)!;
    const { text, entities } = payload as unknown as Message;
    t.match(text, /\/stop|\/abort/);
    t.same(faultsOf({ text, entities }), [], command);
  }
  const place = { conversation: conversation(1000), operator: 1000 };
  const view = { text: "/stop ".repeat(90).trim(), isForeign: true };
  await store.write((transaction) => sendView(transaction, place, view));
  t.match((await outboxRows(store)).at(-1)?.payload["entities"], [{ type: "pre" }]);
});
