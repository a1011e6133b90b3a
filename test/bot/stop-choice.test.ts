import { test, type Test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { laneOf } from "../../src/prompts/lane.ts";
import { hold } from "../../src/prompts/queue.ts";
import { newPrompt } from "../support/prompts.ts";
import { addPrompt, currentPrompt } from "../../src/prompts/prompts.ts";
import { endTurn } from "../../src/turns/relay.ts";
import { conversationFromKey } from "../../src/chat/conversation.ts";
import { stopChoice } from "../../src/turns/stop-choice.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows } from "../support/memory.ts";

/** A chat in which a turn was stopped that had written something, while `waiting` prompts wait. */
async function stopped(t: Test, waiting: number, env: Record<string, string> = {}) {
  const all = await chat(t, { JOIN_MS: "0", ...env });
  const { app, store, write } = all;
  await write("one");
  const attempt = { path: "api" as const, sessionId: "ses_1" };
  await app.prompts.attempt((await app.prompts.head(defaultAgent))!, attempt);
  for (let n = 0; n < waiting; n += 1) await write(`waiting ${n}`);
  t.same(await write("/abort"), ["Stopping the turn of default_agent."]);
  await store.write(async (transaction) => {
    const prompt = await currentPrompt(transaction, defaultAgent);
    const answer = {
      messages: [{ text: "half", entities: [] }],
      document: undefined,
      rich: undefined,
    };
    const how = { mode: "auto", answer } as const;
    await endTurn(transaction, [prompt!], { kind: "stopped", text: "half" }, how);
  });
  const lane = (name: string = defaultAgent) =>
    store.read((transaction) => laneOf(transaction, name));
  return { ...all, lane };
}

test("the choice changes the buttons alone, as often as it is made", async (t) => {
  const { press, lane, store } = await stopped(t, 2);
  t.match(await lane(), { isHeld: true, isUndecided: true });
  for (const [label, isHeld, left, notice] of [
    ["Hold", true, "Continue", "Held until you press Continue."],
    ["Continue", false, "Hold", "Waiting messages are being delivered."],
    ["Hold", true, "Continue", "Held until you press Continue."],
  ] as const) {
    t.same(await press(label), [notice], "no message");
    t.match(await lane(), { isHeld, isUndecided: false });
    const edit = (await outboxRows(store)).findLast(({ method }) => method.startsWith("edit"));
    t.match(edit, {
      method: "editMessageReplyMarkup",
      payload: { reply_markup: { inline_keyboard: [[{ text: left }]] }, text: undefined },
    });
  }
});

test("who writes before the choice is made is told, with a button; not after it", async (t) => {
  const { press, write, lane } = await stopped(t, 1);
  t.match(await write("and this"), [
    /^Not delivered yet: .* 2 messages wait until you press Continue\.$/,
  ]);
  await press("Hold");
  t.same(await write("and that"), []);
  await press("Continue");
  t.match(await lane(), { isHeld: false, waiting: { length: 3 } });
});

test("where nothing waits, nothing is held", async (t) => {
  const { lane, write } = await stopped(t, 0);
  t.match(await lane(), { isHeld: false });
  t.same(await write("go on"), []);
});

test("whatever is given to an agent before the choice is made, its author is told", async (t) => {
  const env = { ALLOW_SHELL: "true" };
  const { write, lane, prompts } = await stopped(t, 1, env);
  const told = /^Not delivered yet: default_agent is held, and \d messages wait/;
  t.match(await write("! ls"), [told]);
  const forward_origin = { type: "hidden_user", sender_user_name: "X", date: 1 };
  t.match(await write("look", { forward_origin }), [told]);
  t.match(await lane(), { isUndecided: true, waiting: { length: 3 } });
  t.equal((await prompts()).length, 4);
});

test("a Continue that was offered to who wrote is for that agent, whoever has its name by then", async (t) => {
  const { app, store, start, write, press, lane } = await stopped(t, 1);
  await write("and this");
  await store.write(async (transaction) => {
    t.equal(await app.lifecycle.rename(transaction, defaultAgent, "shop"), "renamed");
  });
  await start(defaultAgent);
  await store.write((transaction) => hold(transaction, defaultAgent));
  await press("Continue");
  t.match(await lane("shop"), { isHeld: false, waiting: { length: 2 } });
  t.match(await lane(), { isHeld: true }, "the new one of its name stays as it is");
});

test("the choice of an agent that was renamed stays, though another of its name is stopped", async (t) => {
  const { app, store, start, lane, press } = await stopped(t, 1);
  await store.write(async (transaction) => {
    t.equal(await app.lifecycle.rename(transaction, defaultAgent, "shop"), "renamed");
  });
  await start(defaultAgent);
  await store.write(async (transaction) => {
    const conversation = conversationFromKey("1000");
    const turn = { agent: defaultAgent, conversation, joined: 0 };
    t.equal((await stopChoice(transaction, turn)).keyboard, undefined);
  });
  t.same(await press("Continue"), ["Waiting messages are being delivered."]);
  t.match(await lane("shop"), { isHeld: false });
});

test("where /stop asks, whoever does not go on with it is told that what waits is held", async (t) => {
  const { write, store } = await chat(t, { JOIN_MS: "0" });
  await write("one");
  t.match(await write("/stop"), [/./]);
  const { abort } = await store.read((transaction) => laneOf(transaction, defaultAgent));
  t.equal(abort?.conversation, "1000");
});

test("the other conversations whose prompts wait are told that these are held", async (t) => {
  const { app, store, write } = await chat(t, { JOIN_MS: "0" });
  await write("one");
  const attempt = { path: "api" as const, sessionId: "ses_1" };
  await app.prompts.attempt((await app.prompts.head(defaultAgent))!, attempt);
  const elsewhere = { ...newPrompt(77), agent: defaultAgent, conversation: "-5" };
  await store.write((transaction) => addPrompt(transaction, elsewhere));
  await write("/abort");
  const end = { kind: "stopped", text: "" } as const;
  const before = (await outboxRows(store)).length;
  await store.write(async (transaction) => {
    const prompt = await currentPrompt(transaction, defaultAgent);
    await endTurn(transaction, [prompt!], end, { mode: "auto", answer: undefined });
  });
  const said = (await outboxRows(store)).slice(before).map(({ payload }) => payload);
  t.match(
    said.find(({ chat_id: chatId, text }) => chatId === -5 && text !== undefined),
    {
      text: /^Not delivered yet: default_agent is held, and 1 message waits/,
      reply_markup: { inline_keyboard: [[{ text: "Continue" }]] },
    },
  );
});

test("where the last message that waits is dropped, nothing is held any more", async (t) => {
  const { write, press, lane } = await stopped(t, 1);
  await write("/queue");
  await press("Drop 1");
  t.match(await lane(), { isHeld: false, waiting: [] });
  t.same(await write("go on"), []);
});

test("/abort before a message is delivered holds it, and lets its author choose", async (t) => {
  const { app, store, write, press } = await chat(t, { JOIN_MS: "0" });
  const lane = () => store.read((transaction) => laneOf(transaction, defaultAgent));
  await write("one");
  const { waiting } = await lane();
  t.same(await write("/abort"), [
    "default_agent has not begun on 1 message, which is held: Continue delivers it, Hold keeps it back. If it is working on something else, that is stopped.",
  ]);
  t.match(await lane(), { isHeld: true, isUndecided: true, abort: { conversation: "1000" } });
  const attempt = { path: "api" as const, sessionId: "ses_1" };
  t.equal(await app.prompts.attempt(waiting[0]!, attempt), false, "though it was read before");
  t.match(await lane(), { running: [], waiting: [{ text: "one" }] });
  t.match(await write("two"), [/^Not delivered yet: .*2 messages wait/]);
  t.same(await press("Hold"), ["Held until you press Continue."]);
  t.same(await press("Continue"), ["Waiting messages are being delivered."]);
  t.match(await lane(), { isHeld: false, waiting: { length: 2 } });
  t.equal(await app.prompts.attempt(waiting[0]!, attempt), true);
});

test("/abort of a message that is on its way ends its turn", async (t) => {
  const { app, write, prompts } = await chat(t, { JOIN_MS: "0" });
  await write("one");
  const attempt = { path: "api" as const, sessionId: "ses_1" };
  await app.prompts.attempt((await app.prompts.head(defaultAgent))!, attempt);
  t.same(await write("/abort"), ["Stopping the turn of default_agent."]);
  t.match(await prompts(), [{ state: "delivering", abort_at: Number }]);
});

test("who writes to an agent that another operator holds is told once, with a button", async (t) => {
  const { write, press } = await chat(t, { JOIN_MS: "0" });
  const group = { chat: { id: -5, type: "group", title: "Ours" } };
  const by = (id: number) => ({ ...group, from: { id, is_bot: false, first_name: "X" } });
  const told = "Not delivered yet: default_agent is held, and";
  const holds = async () => {
    await write("/queue");
    await press("Hold");
  };
  await holds();
  t.same(await write("mine", by(1000)), [], "who holds it knows");
  t.same(await write("one", by(2000)), [`${told} 2 messages wait until you press Continue.`]);
  t.same(await write("two", by(2000)), []);
  t.same(await write("three", by(3000)), [`${told} 4 messages wait until you press Continue.`]);
  await write("/queue");
  await press("Continue");
  t.same(await write("four", by(2000)), [], "not held");
  await holds();
  t.match(await write("five", by(2000)), [/^Not delivered yet/], "held anew");
});
