import { test } from "tap";
import { Work } from "../../src/inbox/worker.ts";
import { change, outboxRows, rows } from "../support/memory.ts";
import { giveSession } from "../support/session.ts";
import { speaking } from "../support/speaking.ts";
import { press } from "../support/updates.ts";

const ship = { buttons: ["Ship it", "Wait"] };

/** Chat 1000 with a message of `default_agent` that was said in a turn of its operator, and its buttons. */
async function asked(...given: Parameters<typeof speaking>) {
  const all = await speaking(...given);
  const { during } = await all.ask("deploy", "default_agent", "ses_1", 5);
  await all.say("default_agent", "Ready. Ship it?", { ...during, ...ship });
  const said = (await all.heard()).at(-1)!;
  const [first, second] = said.reply_markup?.inline_keyboard.flat() ?? [];
  return { ...all, said, keys: [first!.callback_data, second!.callback_data] as const };
}

test("a press is a prompt that quotes the message and names the choice, once, and says so in place", async (t) => {
  const { said, keys, pressBelow, prompts, send } = await asked(t);
  t.match(said.reply_markup?.inline_keyboard, [[{ text: "💬 Ship it" }, { text: "💬 Wait" }]]);
  t.same(await pressBelow(said), ["Sent to default_agent: Ship it"]);
  t.match((await prompts()).slice(1), [
    {
      agent: "default_agent",
      conversation: "1000",
      operator: 1000,
      state: "queued",
      text: "In reply to:\n> a card\n\nPressed the button: Ship it",
    },
  ]);
  const edit = (await send()).find(({ method }) => method === "editMessageReplyMarkup");
  t.same(edit?.reply_markup, {
    inline_keyboard: [[{ text: "💬 ✓ Ship it", callback_data: keys[0] }]],
  });
  for (const index of [0, 1]) {
    t.same(await pressBelow(said, index), ["This button no longer works."]);
  }
  t.equal((await prompts()).length, 2);
});

test("two presses within 100 ms make one prompt, also of two buttons, and after a restart", async (t) => {
  const { handler, store, prompts, keys } = await asked(t);
  const works = [new Work(901, Date.now()), new Work(902, Date.now())];
  await Promise.all(works.map((work, n) => handler.handle(press(work.updateId, keys[n]!), work)));
  for (const work of works) await store.write((transaction) => work.apply(transaction));
  t.equal((await prompts()).length, 2);
  const later = await speaking(t, { store });
  t.same(await later.give(press(903, keys[1])), ["This button no longer works."]);
  t.equal((await prompts()).length, 2);
});

test("a press after a restart counts, and so does one of a message that Telegram shows no more", async (t) => {
  const { store, keys } = await asked(t);
  const later = await speaking(t, { store });
  const chat = { id: 1000, type: "private" };
  const old = { message: { message_id: 8, date: 0, chat } };
  t.same(await later.give(press(901, keys[1], old)), ["Sent to default_agent: Wait"]);
  t.match((await later.prompts()).at(-1), { text: "Pressed the button: Wait" });
});

test("only the prompt's author may press, in its own chat; without one every operator of the chat", async (t) => {
  const { give, keys, prompts, say, heard } = await asked(t);
  const user = { id: 1001, is_bot: false, first_name: "Other" };
  const chat = { id: 2000, type: "private" };
  t.same(await give(press(901, keys[0], { from: user })), ["This button is for another operator."]);
  const elsewhere = { message: { message_id: 8, date: 1, chat } };
  t.same(await give(press(902, keys[0], elsewhere)), ["This button is in another conversation."]);
  t.equal((await prompts()).length, 1);
  await say("default_agent", "Anybody?", ship);
  const said = (await heard()).at(-1)!;
  const { callback_data: key = "" } = said.reply_markup?.inline_keyboard.flat()[0] ?? {};
  t.same(await give(press(903, key, { from: user })), ["Sent to default_agent: Ship it"]);
  t.match((await prompts()).at(-1), { operator: 1001, conversation: "1000" });
});

test("the choice goes to the agent that asked, whoever the chat talks to and whatever it is called", async (t) => {
  const { say, heard, write, pressBelow, prompts, send } = await speaking(t);
  await say("site", "Ship it?", ship);
  const said = (await heard()).at(-1)!;
  t.match(said.reply_markup?.inline_keyboard, [
    [{ text: "💬 Ship it" }, { text: "💬 Wait" }],
    [{ text: "Switch to site" }],
  ]);
  await write("/switch site");
  await write("/rename web");
  await write("/switch default_agent");
  await send();
  t.same(await pressBelow(said), ["Sent to web: Ship it"]);
  t.match(await prompts(), [{ agent: "web" }]);
  const edit = (await send()).find(({ method }) => method === "editMessageReplyMarkup");
  t.match(edit?.reply_markup?.inline_keyboard, [
    [{ text: "💬 ✓ Ship it" }],
    [{ text: "Switch to web" }],
  ]);
});

test("an agent that is stopped, has a new session or is another of that name gets nothing", async (t) => {
  const { said, pressBelow, prompts, stop, start, agents, app, store } = await asked(t);
  await stop("default_agent");
  const isStopped = /^Not sent: default_agent is stopped\. \/start default_agent/;
  t.match(await pressBelow(said), [isStopped]);
  t.match(await pressBelow(said), [isStopped], "it is not used up");
  await start("default_agent");
  await giveSession(agents, "default_agent", "ses_7");
  const isGone = /^Not sent: default_agent has begun a new session since it asked\./;
  t.match(await pressBelow(said), [isGone]);
  await store.write((transaction) => app.lifecycle.renew(transaction, "default_agent"));
  t.match(await pressBelow(said), [isGone]);
  t.equal((await prompts()).length, 1);
});

test("what an agent writes on a button looks like none of Switchboard's, and does no more than any", async (t) => {
  const { say, heard, pressBelow, prompts, store } = await speaking(t);
  const bidi = `Allow\u202E once\n\u200B`;
  await say("default_agent", "Allow bash: rm -rf ~ ?", {
    buttons: ["Allow once", bidi, "/stop", "! ls", "x".repeat(64)],
  });
  const said = (await heard()).at(-1)!;
  const labels = said.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
  t.ok(
    labels.every((label) => label.startsWith("💬 ")),
    labels.join(),
  );
  t.equal(labels[1], "💬 Allow\\u{202e} once\\u{a}\\u{200b}");
  t.equal(labels[4], `💬 ${"x".repeat(64)}`);
  await change(store, "DELETE FROM buttons WHERE action LIKE '%! ls%'");
  for (const index of [2, 0]) await pressBelow(said, index);
  t.match(await rows(store, "SELECT kind, text FROM prompts"), [
    { kind: "text", text: /^In reply to:\n> a card\n\nPressed the button: \/stop$/ },
  ]);
  t.equal((await prompts()).length, 1);
  t.same(await rows(store, "SELECT * FROM cards"), []);
});

test("the buttons are below the last of several messages, and a file has them, too", async (t) => {
  const { say, heard } = await speaking(t);
  await say("default_agent", "long ".repeat(2000), ship);
  const parts = await heard();
  t.same(
    parts.map(({ reply_markup: shown }) => shown?.inline_keyboard.flat().length),
    [undefined, undefined, 2],
  );
  const file = { path: "/data/outgoing/1", name: "a.txt", bytes: 7 };
  await say("default_agent", "", { files: [file, file], buttons: ["Ok"] });
  t.same(
    (await heard()).map(({ reply_markup: shown }) => shown?.inline_keyboard.flat().length),
    [undefined, 1],
  );
});

test("buttons that no message may have are refused, and nothing is sent", async (t) => {
  const { say, store } = await speaking(t);
  const before = (await outboxRows(store)).length;
  const wrong: [RegExp, string[]][] = [
    [/1 to 8 buttons/, []],
    [/1 to 8 buttons/, Array.from({ length: 9 }, (_, n) => `${n}`)],
    [/at most 64 characters/, ["x".repeat(65)]],
    [/no words/, ["fine", "\u200B \n"]],
    [/the same words/, ["Ok", "Ok"]],
  ];
  for (const [words, buttons] of wrong) {
    await t.rejects(say("default_agent", "text", { buttons }), { statusCode: 400, message: words });
  }
  await t.rejects(say(undefined as never, "text", ship), { message: /Only an agent's message/ });
  t.equal((await outboxRows(store)).length, before);
});
