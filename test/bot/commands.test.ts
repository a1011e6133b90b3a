import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Work } from "../../src/inbox/worker.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { giveSession } from "../support/session.ts";
import { change, outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { press, update } from "../support/updates.ts";
import { chat, minutesAgo } from "../support/bot-chat.ts";

const heading = "Your agents; ▸ marks the one you are talking to:";

test("/start takes a name of 1 to 32 letters, digits, - and _, and talks to that agent", async (t) => {
  const { write, agents, conversations, events, prompts } = await chat(t);
  const bad = ["a/b", "../x", "ä", "x".repeat(33), "a.b", "a:b", "=a", "opencode-server", "$(id)"];
  for (const name of bad) {
    const why =
      name === "opencode-server" ? /is the terminal of opencode itself/ : /A name is 1 to 32/;
    t.match(await write(`/start ${name}`), [why], name);
    t.equal(await agents.get(name), undefined);
  }
  t.same(await write("/start a b"), ["There is no such folder. /projects lists them."]);
  t.match(await write("/start a b --other"), [/^Write \/start NAME, or add a folder/]);
  t.match(await write("/start web-Site_1"), ["web-Site_1 is starting. Send a task, or /help."]);
  t.equal(await conversations.agentOf(conversation(1000)), "web-Site_1");
  await write("build it");
  t.match(await prompts(), [{ agent: "web-Site_1" }]);
  t.match(await write("/start"), ["Connected to default_agent. Send a task, or /help."]);
  t.equal(await conversations.agentOf(conversation(1000)), defaultAgent);
  events.isHeard = false;
  t.match(await write(`/start ${"y".repeat(32)}`), [
    /opencode is not responding. Your messages are saved/,
  ]);
});

test("/switch and /list know the agents that run; topics have an agent each", async (t) => {
  const { write, store, agents, conversations, opencode, start, stop, prompts } = await chat(t);
  await start("site");
  await start("old");
  await stop("old");
  t.same(await write("/switch nobody"), [
    "No agent “nobody” is running. /list shows those that are.",
  ]);
  t.same(await write("/switch old"), ["old is stopped. /start old starts it."]);
  for (const name of ["SITE", "site extra", "sit", "sote"]) {
    t.same(await write(`/switch ${name}`), [`No agent “${name}” is running. Did you mean site?`]);
  }
  t.same(await write("/switch"), ["Which agent do you want to talk to?"]);
  const [long] = await write(`/switch ${"x".repeat(4000)}`);
  t.ok(String(long).length < 200, "a name that is none is not repeated at length");
  t.equal(await conversations.agentOf(conversation(1000)), defaultAgent);
  const group = {
    chat: { id: -100, type: "supergroup" },
    message_thread_id: 5,
    is_topic_message: true,
  };
  t.same(await write("/switch site", group), ["Connected to site. Send a task, or /help."]);
  await write("in the topic", group);
  await write("in private");
  t.match(await prompts(), [
    { agent: "site", conversation: "-100:5" },
    { agent: defaultAgent, conversation: "1000" },
  ]);
  t.same(await write("/list"), [
    `${heading}\n▸ default_agent: idle, 1 message waiting\n· site: starting, 1 message waiting`,
  ]);
  t.same(await write("/list", group), [
    `${heading}\n· default_agent: idle, 1 message waiting\n▸ site: starting, 1 message waiting`,
  ]);
  await giveSession(agents, "site", "ses_2");
  opencode.statuses = async () => ({ ses_2: { type: "busy" } });
  const now = Date.now() - 5 * 60_000;
  await change(
    store,
    `UPDATE prompts SET state = 'running', attempted_at = ${now} WHERE agent = 'site'`,
  );
  await write("behind it", group);
  t.match(await write("/list"), [/· site: working for 5 min, 1 message waiting$/]);
  await stop("site");
  await stop(defaultAgent);
  t.match(await write("/list"), [
    /^No agent is running\. \/start starts one\.\n(?:[·▸] \w+: stopped\n?){2}$/u,
  ]);
});

test("/stop ends an agent at once, which keeps its session; its prompts are refused from then on", async (t) => {
  const { write, prompts, agents, opencode, events, start } = await chat(t);
  const nobody = ["No agent “nobody” is running. /list shows those that are."];
  t.same(await write("/stop nobody"), nobody);
  const stopped = "default_agent stopped. /start default_agent can continue with its memory.";
  t.same(await write("/stop"), [stopped]);
  t.match(await agents.get(defaultAgent), { state: "stopped", sessionId: "ses_1" });
  t.same(opencode.did, [], "its turn is ended by its loop, which a crash does not stop");
  t.same(await write("/stop"), [stopped]);
  t.same(await write("three"), ["Not sent: default_agent is stopped."]);
  t.equal((await prompts()).length, 0);
  await start("site");
  events.isHeard = false;
  const later =
    /^site stopped.*\nopencode is not responding; a turn that is still running will be ended when/;
  t.match(await write("/stop site"), [later]);
});

test("/stop aborts the turn at once and asks before it drops what waits", async (t) => {
  const { write, press: pressed, prompts, agents, store } = await chat(t);
  await write("one");
  await write("two");
  await change(store, "UPDATE prompts SET state = 'running', attempted_at = 1 WHERE id = 1");
  t.same(await write("/stop"), [
    "1 message for default_agent waits and would be dropped. Stop it?",
  ]);
  t.match(await agents.get(defaultAgent), { state: "active" });
  t.match(await prompts(), [{ abort_at: Number }, { state: "receiving" }]);
  t.match(await pressed("Stop and drop"), [
    "Doing /stop.",
    /^default_agent stopped.*\n2 messages cancelled\.$/,
    "Doing /stop.",
  ]);
  t.match(await prompts(), [{ state: "cancelled" }, { state: "cancelled" }]);
});

test("a stopped agent continues with its memory or begins without, as its operator chooses", async (t) => {
  const { write, press: pressed, agents } = await chat(t);
  await write("/stop");
  t.match(await write("/start"), [/^default_agent was stopped\. Continue with its memory/]);
  t.match(await pressed("Continue"), [
    "Doing /start.",
    "default_agent continues with its memory. Send a task, or /help.",
    "Doing /start.",
  ]);
  t.match(await agents.get(defaultAgent), { state: "active", sessionId: "ses_1" });
  await write("/stop");
  await write("/start");
  await pressed("Begin without memory");
  t.match(await agents.get(defaultAgent), { state: "active", sessionId: undefined });
});

test("a message to a stopped agent is sent once its button is pressed, once", async (t) => {
  const { write, press: pressed, prompts, agents } = await chat(t);
  await write("/stop");
  await write("do it");
  t.match(await pressed("Start and send"), [
    "Doing it.",
    "default_agent is starting and will get your message.",
    "Doing it.",
  ]);
  t.match(await prompts(), [{ text: "do it", state: "queued" }]);
  t.match(await agents.get(defaultAgent), { state: "active", sessionId: "ses_1" });
  t.match(await pressed("Start and send"), ["This button no longer works."]);
  t.equal((await prompts()).length, 1);
});

test("/start that is handled again after a crash answers as the first time", async (t) => {
  const { handler, store } = await chat(t);
  const one = update(41, { text: "/start site" });
  await handler.handle(one, new Work(41, 0));
  const again = new Work(41, 0);
  await handler.handle(one, again);
  await store.write((transaction) => again.apply(transaction));
  t.same((await queuedTexts(store)).at(-1), "site is starting. Send a task, or /help.");
});

test("/status says what the agent does and what waits", async (t) => {
  const { app, write, stop, store, sessions } = await chat(t);
  sessions.fault = new OpencodeUnreachable("GET /session/status");
  await write("one");
  await change(store, "UPDATE outbox SET state = 'sent'");
  t.same(await write("/status"), [
    "Agent: default_agent\nState: not known, since opencode is not responding; prompts wait\n" +
      `Folder: ${app.config.workspaceDir}\nMessages: 0 running, 1 waiting`,
  ]);
  t.match(await write("/status"), [/^Not sent to Telegram yet: 1 message$/m]);
  sessions.fault = undefined;
  sessions.now.busy = true;
  t.match(await write("/status"), [/^State: working$/m]);
  await stop(defaultAgent);
  t.match(await write("/status"), [/^Agent: default_agent\nState: stopped\n/]);
});

test("/status says what is to be known of the opencode server", async (t) => {
  const { app, write } = await chat(t);
  t.intercept(app.serverCheck, "warning", { value: async () => "Restart opencode." });
  t.match(await write("/status"), [/^Restart opencode\.$/m]);
});

test("/screen text shows the end of the terminal, or why there is none", async (t) => {
  const { write, start, stop, terminals, store } = await chat(t);
  terminals.text = "`back`_ticks_ *and* <b>\n  line 2  \n\n\n";
  const shown = "`back`_ticks_ *and* <b>\n  line 2";
  t.same(await write("/screen text"), [shown]);
  t.match((await outboxRows(store)).at(-1)?.payload, {
    entities: [{ type: "pre", offset: 0, length: shown.length }],
  });
  terminals.text = "🙂".repeat(3000) + "end";
  const [long] = (await write("/screen text")) as string[];
  t.ok(long !== undefined && long.length <= 4096 && long.endsWith("🙂end") && long.isWellFormed());
  for (const nothing of ["", "  \n\n"]) {
    terminals.text = nothing;
    t.match(await write("/screen text"), [/^default_agent is starting, and so is its terminal/]);
  }
  terminals.text = undefined;
  t.match(await write("/screen text"), ["No terminal of default_agent is open. It opens again"]);
  await start("site");
  t.match(await write("/screen site text"), [/^site is starting, and so is its terminal/]);
  await stop(defaultAgent);
  t.match(await write("/screen text"), ["No terminal is open: default_agent is stopped. /start"]);
});

test("/help names every command, and none is missing from Telegram's list", async (t) => {
  const { write, app } = await chat(t);
  const commands = app.commands.filter(({ isHidden }) => !isHidden);
  const [help] = (await write("/help")) as string[];
  for (const { name, description } of commands)
    t.match(help, new RegExp(`^/${name} – ${RegExp.escape(description)}$`, "m"));
  for (const { name, description } of commands) {
    t.match(name, /^[a-z0-9_]{1,32}$/);
    t.ok(description.length >= 1 && description.length <= 256);
  }
});

test("an old command that acts on the machine asks its author first, and is run once", async (t) => {
  const { store, give, write, agents } = await chat(t);
  const keys = async () =>
    (
      await rows<{ key: string }>(store, "SELECT key FROM buttons WHERE once = 1 ORDER BY rowid")
    ).map(({ key }) => key);
  const runs = async () => (await agents.get(defaultAgent))?.state;
  const notice = async () => (await outboxRows(store)).at(-1)?.payload["text"];

  t.match(await write("/status", minutesAgo(14)), [/State: idle/], "a look does no harm");
  t.same(await write("/stop", minutesAgo(14)), ["You sent /stop 14 min ago. Do it now?"]);
  t.equal(await runs(), "active");
  const [yes = "", no = ""] = await keys();
  await give(press(101, yes, { from: { id: 1001, is_bot: false, first_name: "Otto" } }));
  t.equal(await notice(), "This button is for another operator.");
  t.equal(await runs(), "active", "nobody else decides it");

  await give(press(102, no));
  t.equal(await notice(), "Not done.");
  await give(press(103, yes));
  t.equal(await notice(), "This button no longer works.");
  t.equal(await runs(), "active");

  await write("/stop", minutesAgo(14));
  const [, , again = ""] = await keys();
  t.same(await give(press(104, again)), [
    "Doing /stop.",
    "default_agent stopped. /start default_agent can continue with its memory.",
    "Doing /stop.",
  ]);
  t.equal(await runs(), "stopped");
  await give(press(105, again));
  t.equal(await notice(), "This button no longer works.");
});
