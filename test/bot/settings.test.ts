import { test, type Test } from "tap";
import { buttonsIn, partsIn } from "../../sandbox/telegram/rich.ts";
import { chatSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import type { Store } from "../../src/store/store.ts";
import { texts } from "../../src/texts/texts.ts";
import { secret, startApp } from "../support/app.ts";
import { graph } from "../support/graph.ts";
import { outboxRows, rows } from "../support/memory.ts";
import { telegramChat } from "../support/telegram-chat.ts";
import { press, update } from "../support/updates.ts";

const words = texts.settings;
const canRead = words.probe.button;
const usual = { format: "classic", verbosity: "normal", drafts: true, voice: false };
const table = "| a | b |\n|---|---|\n| 1 | 2 |";

const settingsOf = (store: Store, chatId = 1000) =>
  store.read((transaction) => chatSettings(transaction, conversation(chatId)));

/** A chat in which the agent can answer. */
async function answering(t: Test) {
  const all = await telegramChat(t);
  const { app, said, rest } = all;
  const answers = async (text: string, format?: "text") => {
    const by = { idempotencyKey: undefined, digest: "d", session: undefined, call: undefined };
    const reply = { text, format, files: [], silent: false, isProgram: false, ...by };
    await app.replies.accept("default_agent", reply);
    await rest();
    return said().at(-1)?.message.rich_message;
  };
  return { ...all, answers };
}

test("/settings says what is chosen, and its buttons change that in place", async (t) => {
  const { store, write, said, presses, labels } = await telegramChat(t);
  await write("/settings");
  t.equal(
    said().at(-1)?.text,
    [words.heading, words.format.classic, words.verbosity.normal, words.drafts.on].join("\n\n"),
  );
  const all = ["• Classic", "Auto", "Rich", "Quiet", "• Normal", "Verbose"];
  t.same(labels(), [...all, "• Show drafts", "No drafts"]);
  const before = said().length;
  for (const button of ["Verbose", "No drafts"]) t.equal(await presses(button), "");
  t.equal(said().length, before, "no message was added");
  t.same(labels().slice(3), ["Quiet", "Normal", "• Verbose", "Show drafts", "• No drafts"]);
  t.match(said().at(-1)?.text, words.verbosity.verbose);
  const chosen = { ...usual, verbosity: "verbose", drafts: false };
  t.same(await settingsOf(store), chosen);
  t.same(await settingsOf(store, 2000), usual, "no other conversation's");
  await graph(t, { store });
  t.same(await settingsOf(store), chosen, "and it holds after a restart");
});

test("/settings is written as well, and what it does not know changes nothing", async (t) => {
  const { store, write } = await telegramChat(t);
  await write("/settings Verbosity quiet");
  await write("/settings drafts off");
  await write("/settings format classic");
  t.same(await settingsOf(store), { ...usual, verbosity: "quiet", drafts: false });
  for (const wrong of [
    "format",
    "format bold",
    "drafts yes",
    "verbosity quiet now",
    "toString x",
  ]) {
    t.same(await write(`/settings ${wrong}`), [words.usage]);
  }
  t.same(await write("/settings --read rich"), [words.usage], "that is for a button to say");
  t.same(await settingsOf(store), { ...usual, verbosity: "quiet", drafts: false });
});

test("where only what is finished is shown there are no drafts to choose", async (t) => {
  const { write, said, presses, labels } = await telegramChat(t);
  await write("/settings");
  await presses("Quiet");
  t.equal(
    said().at(-1)?.text,
    [words.heading, words.format.classic, words.verbosity.quiet].join("\n\n"),
  );
  t.same(labels(), ["• Classic", "Auto", "Rich", "• Quiet", "Normal", "Verbose"]);
});

test("where only the agent's own replies are sent there are no drafts to choose", async (t) => {
  const { write, said, labels, store } = await telegramChat(t, { env: { REPLY_MODE: "tool" } });
  await write("/settings");
  t.equal(
    said().at(-1)?.text,
    [words.heading, words.format.classic, words.verbosity.normal].join("\n\n"),
  );
  t.same(labels(), ["• Classic", "Auto", "Rich", "Quiet", "• Normal", "Verbose"]);
  t.same(await write("/settings drafts off"), [words.onlyReplies]);
  t.same(await settingsOf(store), usual);
});

test("a group has no drafts to choose", async (t) => {
  const { store, write } = await telegramChat(t);
  const group = { chat: { id: -5, type: "group", title: "Ours" } };
  const [text = ""] = (await write("/settings", group)) as string[];
  t.notMatch(text, words.drafts.on);
  t.same(await write("/settings drafts off", group), [words.onlyPrivate]);
  t.same(await settingsOf(store, -5), usual);
});

for (const format of ["auto", "rich"] as const) {
  test(`${format}: answers are rich once an app has shown a table with a button in it`, async (t) => {
    const { store, telegram, write, said, press: give, answers } = await answering(t);
    await write(`/settings format ${format}`);
    const probe = said().at(-1)?.message;
    t.equal(partsIn(probe!.rich_message!, "table").length, 1);
    t.match(buttonsIn(probe?.rich_message), [{ text: canRead }]);
    t.equal(probe?.reply_markup, undefined, "the button is inside");
    t.equal((await settingsOf(store)).format, "classic");
    t.equal(await answers(table), undefined, "nobody has read it yet");

    const messageId = probe?.message_id ?? 0;
    await give(telegram.operatorPresses({ messageId, button: canRead }).update);
    t.equal((await settingsOf(store)).format, format);
    t.equal((await settingsOf(store, 2000)).format, "classic");
    const read = said().find((one) => one.message_id === messageId);
    t.match(read?.text, words.probe.read);
    t.same(buttonsIn(read?.message.rich_message), []);

    t.equal(partsIn((await answers(table))!, "table").length, 1);
    t.equal(await answers(table, "text"), undefined, "that is how the agent wants it");
    t.equal(await answers("plain *text*"), undefined);
    t.equal((await answers("# Title")) !== undefined, format === "rich");
    await write("/settings format classic");
    t.equal(await answers(table), undefined);
  });
}

test("a button for rich messages in /settings sends the same, and changes nothing by itself", async (t) => {
  const { store, write, said, presses, labels } = await telegramChat(t);
  await write("/settings");
  await presses("Auto");
  t.equal((await settingsOf(store)).format, "classic");
  t.same(labels(), [], "none below the probe");
  t.equal(await presses(canRead, 1001), "This button is for another operator.");
  t.equal((await settingsOf(store)).format, "classic");
  t.equal(await presses(canRead), "");
  t.equal((await settingsOf(store)).format, "auto");
  t.match(said().at(-1)?.text, words.probe.read);
});

test("the probe is shown as refused where Telegram does not take it", async (t) => {
  const { store, telegram, write, said } = await telegramChat(t);
  for (const [status, description] of [
    [400, "Bad Request: rich messages are not here"],
    [404, "Not Found: method not found"],
  ] as const) {
    telegram.fault({ kind: "refuse", method: "sendRichMessage", status, description });
    await write("/settings format rich");
    t.equal(said().at(-1)?.text, words.probe.refused);
  }
  t.equal((await settingsOf(store)).format, "classic");
});

test("a stranger's press on the probe leaves no trace", async (t) => {
  const { app } = await startApp(t, {
    TELEGRAM_ALLOWED_CHAT_ID: "1000,-5",
    TELEGRAM_ALLOWED_USER_ID: "1000",
  });
  const { store } = app;
  const post = (body: object) =>
    app.inject({
      method: "POST",
      url: "/telegram/webhook",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret },
      body: JSON.stringify(body),
    });
  const group = { id: -5, type: "supergroup", title: "Ours" };
  const stranger = { id: 666, is_bot: false, first_name: "Mallory" };
  const message = { message_id: 8, date: 1, chat: group, rich_message: { blocks: [] } };
  for (const one of [
    press(1, "the key", { from: stranger, message }),
    press(2, "the key", { from: { ...stranger, is_bot: true }, message }),
    update(3, { from: stranger, chat: group, text: "/settings format rich" }),
  ]) {
    t.equal((await post(one)).statusCode, 200);
  }
  t.same(await rows(store, "SELECT * FROM updates"), []);
  t.same(await outboxRows(store), []);
  t.equal((await post(press(4, "the key", { message }))).statusCode, 200);
  t.equal((await rows(store, "SELECT * FROM updates")).length, 1, "an operator's counts");
});
