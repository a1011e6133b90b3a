import { test, type Test } from "tap";
import type { Update } from "grammy/types";
import { Agents, defaultAgent } from "../../src/agents/agents.ts";
import { Conversations } from "../../src/agents/conversations.ts";
import type { Lanes } from "../../src/agents/lanes.ts";
import type { AgentLife } from "../../src/agents/life.ts";
import { Prompts } from "../../src/agents/prompts.ts";
import { Work } from "../../src/inbox/worker.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { createBot } from "../../src/telegram/bot.ts";
import { commands } from "../../src/telegram/commands/index.ts";
import { conversation } from "../../src/telegram/conversation.ts";
import { Confirmations } from "../../src/turns/confirmations.ts";
import { Cards } from "../../src/turns/cards.ts";
import { token } from "../support/app.ts";
import { memoryStore, outboxRows, owedTexts, rows } from "../support/memory.ts";
import { me, press, update } from "../support/updates.ts";

interface PromptRow {
  agent: string;
  text: string;
  operator: number;
  conversation: string;
  sent_at: number;
  state: string;
}

/** The bot on real stores; what lies behind opencode and tmux only notes what it is asked. */
async function chat(t: Test) {
  const store = memoryStore(t);
  const agents = new Agents(store);
  const conversations = new Conversations(store, [1000, 2000, -5, -100]);
  const cards = new Cards(store, conversations);
  const woken: string[] = [];
  const life = {
    isReachable: true,
    text: "line 1\nline 2\n\n" as string | undefined,
    doing: "idle",
    start: (name: string) => agents.start(name, "/work", false),
    stop: async ({ name }: { name: string }) => ({
      dropped: await agents.stop(name),
      isTurnEnded: life.isReachable,
      isClosed: life.isReachable,
    }),
    describe: async () => life.doing,
    screen: async () => life.text,
  };
  const parts = {
    agents,
    conversations,
    prompts: new Prompts(store),
    outbox: new Outbox(store),
    cards,
    confirmations: new Confirmations(store),
    life: life as unknown as AgentLife,
    lanes: { wake: (name: string) => woken.push(name) } as unknown as Lanes,
  };
  const handle = createBot({ token, apiRoot: "http://127.0.0.1:1", botInfo: me }, parts);
  await agents.start(defaultAgent, "/work", false);
  let lastId = 0;
  /** Handles an update as the worker does and returns the texts it made the bot say. */
  const give = async (one: Update) => {
    const before = (await owedTexts(store)).length;
    const work = new Work(one.update_id, Date.now());
    await handle(one, work);
    await store.write((transaction) => work.apply(transaction));
    work.finish();
    return (await owedTexts(store)).slice(before);
  };
  const write = (text: string | undefined, fields: object = {}) => {
    lastId += 1;
    return give(update(lastId, { text, ...fields }));
  };
  const prompts = () => rows<PromptRow>(store, "SELECT * FROM prompts ORDER BY id");
  return { store, agents, conversations, cards, life, woken, give, write, prompts, handle };
}

test("a text is a prompt of the conversation's agent, to the letter, and is not answered", async (t) => {
  const { write, prompts, woken } = await chat(t);
  const text = 'first line\n  "second" $HOME `x` 🙂\n';
  const date = Math.floor(Date.now() / 1000) - 60;
  t.same(await write(text, { date }), []);
  t.match(await prompts(), [
    {
      agent: defaultAgent,
      text,
      operator: 1000,
      conversation: "1000",
      chat_message_id: 7,
      sent_at: date * 1000,
      state: "queued",
      message_id: /^msg_/,
      part_id: /^prt_/,
    },
  ]);
  t.same(woken, [defaultAgent]);
});

test("a prompt whose agent is stopped while it is taken in is refused, and waits for no start", async (t) => {
  const { store, agents, handle, prompts } = await chat(t);
  const work = new Work(41, 0);
  await handle(update(41, { text: "do it" }), work);
  await agents.stop(defaultAgent);
  await store.write((transaction) => work.apply(transaction));
  t.same(await prompts(), []);
  t.match((await owedTexts(store)).at(-1), /default_agent is stopped, so this was not passed on/);
});

test("a prompt exists only with the end of its update, and the same update makes one", async (t) => {
  const { store, handle, give, prompts, woken } = await chat(t);
  const one = update(41, { text: "once" });
  const work = new Work(41, 0);
  await handle(one, work);
  t.same(await prompts(), [], "nothing is stored and nobody woken until the work is kept");
  t.same(woken, []);
  await t.rejects(
    store.write((transaction) => {
      work.apply(transaction);
      throw new Error("crash");
    }),
  );
  t.same(await prompts(), []);
  await give(one);
  await give(one);
  t.equal((await prompts()).length, 1);
});

test("a path at the start of a text is no command", async (t) => {
  const { write, prompts } = await chat(t);
  const texts = [
    "/etc/hosts is wrong",
    "/etc/systemd/system/getty@tty1.service fails",
    "/ is full",
    `/${"x".repeat(33)}`,
  ];
  for (const text of texts) t.same(await write(text), [], text);
  t.match(
    await prompts(),
    texts.map((text) => ({ text })),
  );
});

test("a forwarded command is quoted in a prompt and not run", async (t) => {
  const { write, prompts, agents } = await chat(t);
  await write("/stop", { forward_origin: { type: "hidden_user", sender_user_name: "X", date: 1 } });
  t.match(await prompts(), [{ text: "Forwarded message:\n> /stop" }]);
  t.match(await agents.get(defaultAgent), { state: "active" });
});

test("an unknown command is answered and never a prompt; one for another bot is ignored", async (t) => {
  const { write, prompts } = await chat(t);
  const unknown = /do not know that command, and it was not passed on/;
  t.match(await write("/frobnicate now"), [unknown]);
  t.match(await write("/frobnicate@switchboard_TEST_bot now"), [unknown]);
  t.match(await write("/__proto__"), [unknown]);
  const inGroup = { chat: { id: -5, type: "supergroup", title: "us" } };
  t.same(await write("/status@other_bot", inGroup), []);
  t.same(await write("/frobnicate@other_bot", inGroup), []);
  t.match(await write("/status@other_bot"), [unknown], "nobody else would answer here");
  t.match(await write("/status@Switchboard_test_bot"), [/^Agent: default_agent/]);
  t.match(await write("/STATUS"), [/^Agent: default_agent/]);
  t.same(await prompts(), []);
});

test("what cannot be passed on yet is said so; what nobody wrote is ignored", async (t) => {
  const { write, prompts } = await chat(t);
  const file = { file_id: "f", file_unique_id: "u" };
  const contents: object[] = [
    { photo: [file], caption: "look" },
    { video: file },
    { document: file, caption: "/stop" },
    { voice: file },
    { audio: file },
    { video_note: file },
    { sticker: file },
    { animation: file, document: file },
    { location: { latitude: 1, longitude: 1 } },
    { contact: { phone_number: "1", first_name: "A" } },
    { poll: { id: "1", question: "?", options: [] } },
    { dice: { emoji: "🎲", value: 1 } },
  ];
  for (const content of contents) {
    const [kind = ""] = Object.keys(content);
    t.match(await write(undefined, content), [/was not passed on/], kind);
  }
  const service: object[] = [
    { new_chat_members: [me] },
    { left_chat_member: me },
    { pinned_message: {} },
    { new_chat_title: "x" },
    { forum_topic_created: { name: "x", icon_color: 1 } },
    { group_chat_created: true },
    {},
  ];
  for (const content of service) t.same(await write(undefined, content), []);
  t.same(await prompts(), []);
});

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

test("a press acts on its card, once, and an unknown one is answered", async (t) => {
  const { cards, give, store, woken } = await chat(t);
  const request = {
    id: "per_1",
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["ls"],
    always: [],
    metadata: {},
  };
  await cards.sync(defaultAgent, [{ kind: "permission", id: "per_1", request }]);
  const [{ key } = { key: "" }] = await rows<{ key: string }>(
    store,
    `SELECT key FROM card_keys WHERE action LIKE '%once%'`,
  );
  t.same(await give(press(1, key)), ["Allowed once."]);
  t.same(await give(press(2, key)), ["This button does nothing any more."]);
  t.same(await give(press(3, "unknown-key")), ["This button does nothing any more."]);
  t.same(await cards.answered(defaultAgent), [
    { requestId: "per_1", answer: { kind: "permission", reply: "once" } },
  ]);
  t.same(woken, [defaultAgent, defaultAgent]);
  const answers = (await outboxRows(store)).filter(
    ({ method }) => method === "answerCallbackQuery",
  );
  t.same(
    answers.map(({ lane, payload }) => [lane, payload["callback_query_id"]]),
    [1, 2, 3].map((id) => [`query query-${id}`, `query-${id}`]),
  );
});

const minutesAgo = (minutes: number) => ({ date: Math.floor(Date.now() / 1000) - minutes * 60 });

test("a prompt that was long on its way says so to the agent", async (t) => {
  const { write, prompts } = await chat(t);
  await write("soon enough", minutesAgo(9));
  await write("is it done?", minutesAgo(14));
  await write("good morning", minutesAgo(200));
  t.same(
    (await prompts()).map(({ text }) => text),
    ["soon enough", "[sent 14 min ago]\nis it done?", "[sent 3 h 20 min ago]\ngood morning"],
  );
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

test("a prompt behind a running turn wakes its lane only when a decision comes first", async (t) => {
  const { store, write, woken } = await chat(t);
  await write("first");
  await write("nothing runs yet");
  t.equal(woken.length, 2);
  await store.write((transaction) =>
    transaction.run("UPDATE prompts SET state = 'running' WHERE text = 'first'"),
  );
  await write("behind it");
  t.equal(woken.length, 2);
  await store.write((transaction) =>
    transaction.run(
      `INSERT INTO cards (request_id, kind, agent, conversation, request, state, created_at)
       VALUES ('per_1', 'permission', ?, '1000', '{}', 'open', 0)`,
      defaultAgent,
    ),
  );
  await write("to be told to wait");
  t.equal(woken.length, 3);
});
