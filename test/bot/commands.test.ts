import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { commands } from "../../src/bot/commands/index.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { outboxRows, rows } from "../support/memory.ts";
import { press } from "../support/updates.ts";
import { chat, minutesAgo } from "../support/bot-chat.ts";

test("/start takes a name of 1 to 32 letters, digits, - and _, and talks to that agent", async (t) => {
  const { write, agents, conversations, life, prompts } = await chat(t);
  const bad = [
    "a b",
    "a/b",
    "../x",
    "ä",
    "x".repeat(33),
    "a.b",
    "a:b",
    "=a",
    "opencode-server",
    "$(id)",
  ];
  for (const name of bad) {
    t.match(await write(`/start ${name}`), [/A name is 1 to 32/], name);
    t.equal(await agents.get(name), undefined);
  }
  t.match(await write("/start web-Site_1"), ["web-Site_1 is starting. What you write goes to it."]);
  t.equal(await conversations.agentOf(conversation(1000)), "web-Site_1");
  await write("build it");
  t.match(await prompts(), [{ agent: "web-Site_1" }]);
  t.match(await write("/start"), ["You are talking to default_agent. What you write goes to it."]);
  t.equal(await conversations.agentOf(conversation(1000)), defaultAgent);
  life.isReachable = false;
  t.match(await write(`/start ${"y".repeat(32)}`), [
    /opencode is not reachable now; what you write waits/,
  ]);
});

test("/switch and /list know the agents that run; topics have an agent each", async (t) => {
  const { write, conversations, agents, prompts } = await chat(t);
  await agents.start("site", "/work", false);
  await agents.start("old", "/work", false);
  await agents.stop("old");
  const none = ["No such agent runs. /list shows those that do."];
  for (const name of ["", " nobody", " old", " SITE", " site extra"]) {
    t.same(await write(`/switch${name}`), none, name);
  }
  t.equal(await conversations.agentOf(conversation(1000)), defaultAgent);
  const group = {
    chat: { id: -100, type: "supergroup" },
    message_thread_id: 5,
    is_topic_message: true,
  };
  t.same(await write("/switch site", group), ["You are talking to site."]);
  await write("in the topic", group);
  await write("in private");
  t.match(await prompts(), [
    { agent: "site", conversation: "-100:5" },
    { agent: defaultAgent, conversation: "1000" },
  ]);
  t.same(await write("/list"), ["▸ default_agent, 1 open\n· site, 1 open"]);
  t.same(await write("/list", group), ["· default_agent, 1 open\n▸ site, 1 open"]);
  await agents.stop("site");
  await agents.stop(defaultAgent);
  t.same(await write("/list"), ["No agent runs. /start starts one."]);
});

test("/stop ends an agent and tells what was not finished; its prompts are refused from then on", async (t) => {
  const { write, prompts, agents, life } = await chat(t);
  await write("one");
  await write("two");
  t.same(await write("/stop nobody"), ["No such agent runs. /list shows those that do."]);
  t.same(await write("/stop"), [
    "default_agent is stopped. /start default_agent starts it anew.\nNot finished: 2.",
  ]);
  t.match(await prompts(), [{ state: "cancelled" }, { state: "cancelled" }]);
  const again = await write("/stop");
  t.same(again, ["default_agent is stopped. /start default_agent starts it anew."]);
  t.match(await write("three"), [/default_agent is stopped, so this was not passed on/]);
  t.equal((await prompts()).length, 2);
  await agents.start("site", "/work", false);
  life.isReachable = false;
  t.match(await write("/stop site"), [
    /site is stopped.*\nopencode is not reachable, so a turn may still.*\nIts terminal could/,
  ]);
  t.match(await write("/start"), [/default_agent is starting/]);
  await write("four");
  t.match((await prompts()).at(-1), { text: "four", state: "queued" });
});

test("/status says what the agent does and what waits", async (t) => {
  const { write, life, store } = await chat(t);
  life.doing = "opencode is not reachable; prompts wait";
  await write("one");
  await store.write((transaction) => transaction.run("UPDATE outbox SET state = 'sent'"));
  t.same(await write("/status"), [
    "Agent: default_agent\nState: opencode is not reachable; prompts wait\nOpen prompts: 1",
  ]);
  t.match(await write("/status"), [/Messages waiting for Telegram: 1/]);
  await store.write((transaction) => transaction.run("UPDATE outbox SET state = 'sent'"));
  await write("/stop");
  t.match(await write("/status"), [/^Agent: default_agent \(stopped; \/start starts it\)/]);
});

test("/screen shows the end of the terminal as it is", async (t) => {
  const { write, life, store } = await chat(t);
  life.text = "`back`_ticks_ *and* <b>\n  line 2  \n\n\n";
  const shown = "`back`_ticks_ *and* <b>\n  line 2";
  t.same(await write("/screen"), [shown]);
  t.match((await outboxRows(store)).at(-1)?.payload, {
    entities: [{ type: "pre", offset: 0, length: shown.length }],
  });
  life.text = "🙂".repeat(3000) + "end";
  const [long] = (await write("/screen")) as string[];
  t.ok(long !== undefined && long.length <= 4096 && long.endsWith("🙂end") && long.isWellFormed());
  for (const nothing of [undefined, "", "  \n\n"]) {
    life.text = nothing;
    t.match(await write("/screen"), [/no terminal to show/]);
  }
});

test("/help names every command, and none is missing from Telegram's list", async (t) => {
  const { write } = await chat(t);
  const [help] = (await write("/help")) as string[];
  for (const { name, description } of commands)
    t.match(help, new RegExp(`^/${name}\\b.*: ${RegExp.escape(description)}$`, "m"));
  for (const { name, description } of commands) {
    t.match(name, /^[a-z0-9_]{1,32}$/);
    t.ok(description.length >= 1 && description.length <= 256);
  }
});

test("an old command that acts on the machine asks its author first, and is run once", async (t) => {
  const { store, give, write, agents } = await chat(t);
  const keys = async () =>
    (await rows<{ key: string }>(store, "SELECT key FROM confirmations ORDER BY rowid")).map(
      ({ key }) => key,
    );
  const runs = async () => (await agents.get(defaultAgent))?.state;
  const notice = async () => (await outboxRows(store)).at(-1)?.payload["text"];

  t.match(await write("/status", minutesAgo(14)), [/State: idle/], "a look does no harm");
  t.same(await write("/stop", minutesAgo(14)), ["You sent /stop 14 min ago. Do it now?"]);
  t.equal(await runs(), "active");
  const [yes = "", no = ""] = await keys();
  await give(press(101, yes, { from: { id: 1001, is_bot: false, first_name: "Otto" } }));
  t.equal(await notice(), "This button does nothing any more.");
  t.equal(await runs(), "active", "nobody else decides it");

  await give(press(102, no));
  t.equal(await notice(), "Left alone.");
  await give(press(103, yes));
  t.equal(await notice(), "This button does nothing any more.");
  t.equal(await runs(), "active");

  await write("/stop", minutesAgo(14));
  const [, , again = ""] = await keys();
  t.same(await give(press(104, again)), [
    "Doing /stop.",
    "default_agent is stopped. /start default_agent starts it anew.",
    "Doing /stop.",
  ]);
  t.equal(await runs(), "stopped");
  await give(press(105, again));
  t.equal(await notice(), "This button does nothing any more.");
});
