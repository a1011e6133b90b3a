import { test } from "tap";
import type { BotContext, Command } from "../../src/bot/context.ts";
import { sendView } from "../../src/bot/view.ts";
import { commandPurpose } from "../../src/buttons/command-buttons.ts";
import { addButton, bindButtons, dropButtons } from "../../src/buttons/buttons.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Work } from "../../src/inbox/worker.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { say } from "../../src/outbox/say.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { press } from "../support/updates.ts";

const here = conversation(1000);
const spent = "This button no longer works.";
const other = { id: 1001, is_bot: false, first_name: "Other" };

/** A command that says what it was given, and redraws the message it is pressed under. */
function noting(seen: BotContext["redraws"][] = []): Command {
  return {
    name: "note",
    argument: "[words]",
    group: "help",
    description: "says what it was given",
    async run({ work, conversation: place, redraws }, argument) {
      seen.push(redraws);
      work.addEffect(async (transaction) => {
        await say(transaction, place, `noted ${argument}`);
        if (redraws && argument === "redraw") {
          await dropButtons(transaction, { purpose: commandPurpose, subject: redraws.subject });
        }
      });
    },
  };
}

/** A page of `note`, with a button for each argument; resolves to its keys. */
function page(store: Store, ...arguments_: string[]): Promise<string[]> {
  return store.write(async (transaction) => {
    const set = { purpose: commandPurpose, subject: "page" };
    const keys: string[] = [];
    for (const argument of arguments_) {
      const action = { command: "note", argument, edits: true };
      const button = { ...set, action, conversation: here.key, operator: 1000, once: false };
      keys.push(await addButton(transaction, button));
    }
    const call = { lane: "1000 urgent", method: "sendMessage", payload: { chat_id: 1000 } };
    await bindButtons(transaction, set, await enqueue(transaction, call));
    return keys;
  });
}

const place = { conversation: here, operator: 1000 };
const question = {
  text: "?",
  asks: true,
  buttons: [
    [
      { label: "Do it", command: "note", argument: "x" },
      { label: "Do not", command: "" },
    ],
  ],
};
const ask = (transaction: Transaction) => sendView(transaction, place, question);
const keysOf = async (store: Store) =>
  (await rows<{ key: string }>(store, "SELECT key FROM buttons ORDER BY rowid")).map(
    ({ key }) => key,
  );

test("two presses that are handled at the same time run a command once", async (t) => {
  const seen: BotContext["redraws"][] = [];
  const { store, handler } = await chat(t, {}, { extra: [noting(seen)] });
  await store.write(ask);
  const [yes = "", no = ""] = await keysOf(store);
  const works = [1, 2, 3].map((id) => new Work(id, 0));
  await Promise.all([yes, yes, no].map((key, n) => handler.handle(press(n + 1, key), works[n]!)));
  const before = (await queuedTexts(store)).length;
  for (const work of works) await store.write((transaction) => work.apply(transaction));
  t.same((await queuedTexts(store)).slice(before), [
    "Doing /note.",
    "noted x",
    "Doing /note.",
    spent,
    spent,
  ]);
  t.same(seen, [undefined, undefined], "there is nothing to redraw");
});

test("a question is answered by its operator, in its conversation, and says there what was chosen", async (t) => {
  const { store, give } = await chat(t, {}, { extra: [noting()] });
  await store.write(ask);
  const [yes = "", no = ""] = await keysOf(store);
  t.same(await give(press(1, yes, { from: other })), ["This button is for another operator."]);
  const elsewhere = { message: { message_id: 8, date: 1, chat: { id: 2000, type: "private" } } };
  t.same(await give(press(2, yes, elsewhere)), ["This button is in another conversation."]);
  t.same(await give(press(3, no)), ["Not done.", "Not done."]);
  t.same(await give(press(4, yes)), [spent]);
  const calls = await outboxRows(store);
  const asked = calls.find(({ payload }) => payload["text"] === "?");
  t.match(
    calls.find(({ method }) => method === "editMessageText"),
    { lane: "1000 urgent", payload: { chat_id: 1000, message_of: asked?.id, text: "Not done." } },
  );
});

test("a button of a page runs its command as often as it is pressed, but once for a double tap, which may edit the page", async (t) => {
  const seen: BotContext["redraws"][] = [];
  const { store, give, write } = await chat(t, {}, { extra: [noting(seen)] });
  const [one = "", redraw = ""] = await page(store, "1", "redraw");
  const outboxId = (await outboxRows(store)).at(-1)?.id;
  const now = Date.now();
  t.same(await give(press(1, one), now), ["noted 1", ""]);
  t.same(await give(press(6, one), now + 1000), [""], "a double tap");
  t.same(await give(press(7, one), now - 1000), [""], "in whatever order it comes");
  t.same(await give(press(2, one), now + 1001), ["noted 1", ""]);
  t.same(await give(press(3, one, { from: other })), ["This button is for another operator."]);
  t.same(await give(press(4, redraw)), ["noted redraw", ""]);
  t.same(await give(press(5, one)), [spent], "a button of the page as it was");
  const redraws = { outboxId, subject: "page" };
  t.same(
    seen,
    Array.from({ length: 5 }, () => redraws),
  );
  await write("/note written");
  t.equal(seen.at(-1), undefined, "a written command has nothing to edit");
});

test("two presses that redraw a page at the same time redraw it once", async (t) => {
  const { store, handler } = await chat(t, {}, { extra: [noting()] });
  const [redraw = ""] = await page(store, "redraw");
  const works = [1, 2].map((id) => new Work(id, 0));
  for (const [n, work] of works.entries()) await handler.handle(press(n + 1, redraw), work);
  for (const work of works) await store.write((transaction) => work.apply(transaction));
  t.same((await queuedTexts(store)).slice(-3), ["noted redraw", "", spent]);
});

test("a button whose command or purpose is gone says that it no longer works", async (t) => {
  const { store, give } = await chat(t);
  await store.write(ask);
  const [yes = "", no = ""] = await keysOf(store);
  t.same(await give(press(1, yes)), [spent], "/note does not exist");
  t.same(await give(press(2, no)), ["Not done.", "Not done."], "which uses nothing up");
  const set = { purpose: "of tomorrow", subject: "s", action: 1, conversation: here.key };
  const key = await store.write((transaction) => addButton(transaction, { ...set, once: true }));
  t.same(await give(press(3, key)), [spent]);
});
