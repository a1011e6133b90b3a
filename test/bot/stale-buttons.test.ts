import { test, type Test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Work } from "../../src/inbox/worker.ts";
import { slashCommand } from "../../src/opencode/slash-commands.ts";
import { chat, minutesAgo } from "../support/bot-chat.ts";
import { change, queuedTexts, rows } from "../support/memory.ts";
import { giveSession } from "../support/session.ts";
import { press, update } from "../support/updates.ts";

const here = conversation(1000);
const moved =
  "Not done: this was about default_agent, and you are talking to another agent now. Send the command again.";

/** A chat with a second agent, in the session `ses_2`. */
async function withSite(t: Test) {
  const all = await chat(t);
  await all.start("site");
  await giveSession(all.agents, "site", "ses_2");
  t.intercept(all.app.opencodeControls, "commands", {
    value: async () => [slashCommand({ name: "greet", template: "Greet" })],
  });
  const state = () =>
    Promise.all(["agents", "prompts"].map((table) => rows(all.store, `SELECT * FROM ${table}`)));
  return { ...all, state };
}

test("a button about the agent of a conversation does nothing to the next one", async (t) => {
  const questions: [written: string, label: string, sent: object][] = [
    ["/clear", "Do it", {}],
    ["/commands", "/greet", {}],
    ["/mode", "build", {}],
    ["/model", "Own · Stub", {}],
    ["/new", "Do it", minutesAgo(14)],
    ["/rename shop", "Do it", minutesAgo(14)],
    ["/run greet", "Do it", minutesAgo(14)],
    ["/abort", "Do it", minutesAgo(14)],
  ];
  for (const [written, label, sent] of questions) {
    const { write, press: tap, state } = await withSite(t);
    await write(written, sent);
    await write("/switch site");
    const before = await state();
    t.same(await tap(label), [moved], written);
    t.same(await state(), before, written);
    await write("/switch default_agent");
    t.not((await tap(label))[0], moved, `${written}: it works where it was meant`);
  }
});

test("a question that is not to be done needs no agent", async (t) => {
  const { write, press: tap } = await withSite(t);
  await write("/clear");
  await write("/switch site");
  t.same(await tap("Do not"), ["Not done.", "Not done."]);
});

test("only the prompts that were asked about are dropped", async (t) => {
  for (const [written, label, asks] of [
    ["/stop", "Stop and drop", /^2 messages for default_agent wait/],
    ["/clear", "Do it", /and 2 messages would be dropped/],
  ] as const) {
    const { write, press: tap, prompts, agents } = await chat(t);
    await write("one");
    await write(written);
    await write("two");
    t.match(await tap(label), [/^Doing/, asks, /^Doing/], written);
    t.match(await agents.get(defaultAgent), { state: "active", sessionId: "ses_1" });
    t.match(await prompts(), [{ state: "receiving" }, { state: "receiving" }]);
    t.match(await tap(label), [/^Doing/, /2 messages cancelled/, /^Doing/], written);
  }
});

test("a stop or a switch means the agent that it named, which is renamed at the same time", async (t) => {
  for (const [written, words, state, bound] of [
    ["/stop site", /^shop stopped/, "stopped", defaultAgent],
    ["/switch site", /^Connected to shop/, "active", "shop"],
  ] as const) {
    const { app, store, handler, agents, conversations } = await withSite(t);
    const work = new Work(71, Date.now());
    await handler.handle(update(71, { text: written }), work);
    await store.write((transaction) => app.lifecycle.rename(transaction, "site", "shop"));
    await store.write((transaction) => work.apply(transaction));
    t.match((await queuedTexts(store)).at(-1), words, written);
    t.match(await agents.get("shop"), { state });
    t.equal(await conversations.agentOf(here), bound);
  }
});

test("a message is sent again to its agent, also when another one has its name now", async (t) => {
  const { write, press: tap, agents, prompts, start } = await chat(t);
  await start("site");
  await write("/switch site");
  await write("/stop site");
  await write("do it");
  await write("/rename shop");
  await start("site");
  t.match(await tap("Start and send"), [/^Doing/, /^shop is starting and will get/, /^Doing/]);
  t.match(await agents.get("shop"), { state: "active" });
  t.match(await prompts(), [{ agent: "shop", text: "do it" }]);
});

test("the button that stops a turn stops no later one", async (t) => {
  const { write, press: tap, store, prompts } = await chat(t);
  await write("one");
  await write("two");
  const runs = (id: number) =>
    change(store, "UPDATE prompts SET state = 'running', attempted_at = 1 WHERE id = ?", id);
  await runs(1);
  await write("/working");
  await change(store, "UPDATE prompts SET state = 'done' WHERE id = ?", 1);
  await runs(2);
  t.match(await tap("Stop"), [/^Nothing was stopped: that turn of default_agent is over/, ""]);
  t.match(await prompts(), [{ abort_at: null }, { abort_at: null }]);
  await write("/working");
  t.match(
    await tap("Stop"),
    [/^Stopping the turn of default_agent/],
    "no message, but what Telegram shows",
  );
});

test("what changes the next prompt is handled in the order in which it is sent", async (t) => {
  const { app } = await chat(t);
  for (const name of ["switch", "start", "new", "clear", "mode", "model", "variant", "rename"]) {
    t.notOk(app.commands.find((one) => one.name === name)?.isFast, name);
  }
});

test("a button whose topic Telegram does not name acts on the agent of its own conversation", async (t) => {
  const { write, give, store, agents } = await withSite(t);
  const group = { id: -100, type: "supergroup", title: "us" };
  const topic = { chat: group, message_thread_id: 5, is_topic_message: true };
  await write("/switch site", topic);
  await write("/clear", topic);
  await change(store, "UPDATE outbox SET message_id = ?", 8);
  const [doIt] = await rows<{ key: string }>(store, "SELECT key FROM buttons ORDER BY rowid");
  const pressed = press(501, doIt?.key ?? "", { message: { message_id: 8, date: 0, chat: group } });
  t.match(await give(pressed), [/^Doing/, /^site begins a new session/, /^Doing/]);
  t.match(await agents.get("site"), { sessionId: undefined });
  t.match(await agents.get(defaultAgent), { sessionId: "ses_1" });
});
