import { statSync } from "node:fs";
import { Readable } from "node:stream";
import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { bindButtons } from "../../src/buttons/buttons.ts";
import { messagePart, sayParts } from "../../src/outbox/say.ts";
import { offerUndo } from "../../src/turns/undo-offer.ts";
import { Work } from "../../src/inbox/worker.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { slashCommand } from "../../src/opencode/slash-commands.ts";
import { chat } from "../support/bot-chat.ts";
import { change, outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { prompted } from "../support/session.ts";
import { update } from "../support/updates.ts";

const here = conversation(1000);

test("a copy is named after its agent, is talked to, and offers the way back", async (t) => {
  const { write, press, runTasks, conversations, agents, store, controls } = await chat(t);
  const title = "default_agent tp3dw3 (fork #1)";
  controls.fork = async () => ({ id: "ses_1_fork", title, directory: "/srv" });
  await write("/fork");
  await runTasks();
  t.equal(
    (await queuedTexts(store)).at(-1),
    "Connected to default_agent-2, a copy of default_agent with its memory. Send a task, or go back.",
  );
  t.equal(await conversations.agentOf(here), "default_agent-2");
  t.match(await agents.get("default_agent-2"), { sessionId: "ses_1_fork", state: "active" });
  t.match(await press("Back to default_agent"), [
    "Connected to default_agent. Send a task, or /help.",
    "",
  ]);

  controls.fork = async () => ({ id: "ses_other", directory: "/srv" });
  controls.stored = [prompted("msg_1", "Fix the login")];
  await write("/fork LOGIN");
  await runTasks();
  t.equal(
    (await queuedTexts(store)).at(-1),
    "Connected to default_agent-3, a copy of its session up to “Fix the login”, without that message.",
  );
});

test("a copy that is ready after another agent was chosen takes nobody away from that one", async (t) => {
  const { write, press, runTasks, conversations, start, store } = await chat(t);
  await start("site");
  await write("/fork");
  await write("/switch site");
  await runTasks();
  t.match(
    (await queuedTexts(store)).at(-1),
    /^default_agent-2, a copy .* is ready\. You are still connected/,
  );
  t.equal(await conversations.agentOf(here), "site");
  t.match(await press("Switch to default_agent-2"), [/^Connected to default_agent-2/, ""]);
});

test("a session is exported with its files, or without them where a bot could not send it", async (t) => {
  const { write, runTasks, store, controls } = await chat(t);
  controls.stored = [prompted("msg_1", "Fix the login")];
  const lengthOf = async () => {
    await write("/export");
    await runTasks();
    const calls = await outboxRows(store);
    const documents = calls.flatMap(({ payload }) => payload["document"] ?? []);
    return statSync((documents.at(-1) as { path: string }).path).size;
  };
  const length = await lengthOf();
  t.match((await queuedTexts(store)).join("\n"), /as Markdown and as JSON\.$/m);
  const megabyte = Buffer.alloc(1024 * 1024, " ");
  const piecesOf = (count: number) => async () => Readable.from(Array(count).fill(megabyte));
  controls.messagesAsJson = piecesOf(2);
  t.ok((await lengthOf()) > 2 * megabyte.length, "as opencode wrote it");
  controls.messagesAsJson = piecesOf(51);
  t.equal(await lengthOf(), length);
  t.match((await queuedTexts(store)).join("\n"), /without the contents of its files/);
});

test("a message whose PDF was refused is undone by its button, with all that came after it", async (t) => {
  const { press, runTasks, store, controls } = await chat(t);
  controls.stored = [prompted("msg_1", "Fix it"), prompted("msg_2", "a.pdf"), prompted("msg_3")];
  const harmful = { agent: defaultAgent, conversation: here, messageId: "msg_2" };
  const offer = async () => {
    await store.write(async (transaction) => {
      const { notice, keyboard, set } = await offerUndo(transaction, harmful);
      const words = messagePart({ text: notice, entities: [] });
      const call = await sayParts(transaction, here, [words], { keyboard });
      await bindButtons(transaction, set, call!);
    });
    await press("Undo the message");
    await runTasks();
    return (await queuedTexts(store)).at(-1);
  };
  t.match(await offer(), /^Undone: “a\.pdf”, with everything that came after it/);
  t.same(controls.did, ["ses_1 reverted to msg_2"]);
  controls.stored = [prompted("msg_1", "Fix it")];
  t.match(await offer(), /^There is nothing to undo: that message is not in the session/);
});

test("a new session asks before it ends a turn, or takes what waits along", async (t) => {
  for (const how of ["/new", "the menu"]) {
    const { write, press, prompts, agents, store } = await chat(t);
    if (how !== "/new") await write("/menu");
    const begin = () => (how === "/new" ? write("/new") : press("New session"));
    const after = how === "/new" ? [] : [""];
    await write("one");
    t.same(await begin(), [
      "1 message for default_agent waits and would go to a new session, without memory. Begin it?",
      ...after,
    ]);
    await change(store, "UPDATE prompts SET state = 'running', attempted_at = 1 WHERE id = 1");
    await write("two");
    t.match(await press("Begin it"), [/^Doing/, /^default_agent is working\. A new/, /^Doing/]);
    t.match(await agents.get(defaultAgent), { sessionId: "ses_1" }, "it was asked about less");
    await write("/switch default_agent");
    t.match(await press("Begin it"), [
      "Doing /new.",
      /^default_agent begins a new session.*\n1 message cancelled\.$/s,
      "Doing /new.",
    ]);
    t.match(await agents.get(defaultAgent), { sessionId: undefined, sessionToEnd: "ses_1" });
    t.match(await prompts(), [{ state: "cancelled" }, { state: "receiving" }], how);
  }
});

test("a new session asks before it ends a turn of the terminal, and begins at once without one", async (t) => {
  const { write, press, opencode, agents } = await chat(t);
  opencode.statuses = async () => ({ ses_1: { type: "busy" } });
  opencode.stored.push(prompted("msg_1", "typed"));
  t.match(await write("/new"), [/^default_agent is working\. A new session ends that turn/]);
  opencode.stored.splice(0, 1, prompted("msg_2", "typed later"));
  t.match(await press("Begin it"), [/^Doing/, /^default_agent is working/, /^Doing/]);
  opencode.statuses = async () => ({});
  t.match(await write("/new"), [/^default_agent begins a new session/]);
  t.match(await agents.get(defaultAgent), { sessionId: undefined });
});

test("a question about one session ends no later one", async (t) => {
  const { write, press, agents, store } = await chat(t);
  await write("/clear");
  await write("/new");
  await change(store, "UPDATE agents SET session_id = 'ses_2'");
  t.match(await press("Do it"), [/^Doing/, /would begin without its memory/, /^Doing/]);
  t.match(await agents.get(defaultAgent), { sessionId: "ses_2" });
});

test("a stop before there is a session does not claim that anything is kept", async (t) => {
  const { write, agents } = await chat(t);
  await write("/start site");
  t.same(await write("/stop"), [
    "site stopped before it had a session, so it has no memory. /start site starts it.",
  ]);
  t.match(await agents.get("site"), { state: "stopped", sessionId: undefined });
});

test("an abort also ends what no message from here began, and asks opencode nothing before", async (t) => {
  const { write, opencode, store } = await chat(t);
  opencode.statuses = async () => {
    throw new OpencodeUnreachable("GET /session/status");
  };
  t.match(await write("/abort"), [
    /^default_agent is not working on any message of yours; if it is working/,
  ]);
  const [lane] = await rows<{ at: number | null }>(
    store,
    "SELECT abort_at AS at FROM prompt_lanes",
  );
  t.ok(lane?.at);
  await write("/stop");
  t.same(await write("/abort"), ["default_agent is stopped. /start default_agent starts it."]);
});

test("an abort of a command whose turn has not begun says what is still to come", async (t) => {
  const { write, app, prompts, store } = await chat(t);
  t.intercept(app.opencodeControls, "commands", {
    value: async () => [slashCommand({ name: "greet", template: "Greet" })],
  });
  await write("/run greet");
  await change(store, "UPDATE prompts SET state = 'delivering', attempted_at = 1");
  t.match(await write("/abort"), [/^Stopping the turn of default_agent once it begins; a shell/]);
  t.match(await prompts(), [{ abort_at: Number }]);
});

test("a session that is resumed in YOLO where it runs is in YOLO, and everybody is told", async (t) => {
  const { write, press, agents, opencode } = await chat(t);
  opencode.session = async (id) => ({ id, title: "Its title", directory: "/srv" });
  t.match(await write("/resume ses_1"), [
    /^Connected to default_agent\. Send a task, or \/help\.$/,
  ]);
  t.match(await write("/resume_yolo ses_1"), [
    /^Connected to default_agent.*\nYOLO: it never asks/s,
  ]);
  t.match(await agents.get(defaultAgent), { yolo: true, areRulesDue: true });
  t.match(await write("/status"), [/^Agent: default_agent \(YOLO: /]);
  t.match(await write("/list"), [/default_agent: .*YOLO$/]);
  t.match(await write("/start"), [/\nYOLO: /]);
  await write("/stop");
  await write("/start");
  t.match(await press("Continue"), [/^Doing/, /^default_agent continues.*\nYOLO: /s, /^Doing/]);
});

test("a start that comes with a stop does not drop the memory of the agent", async (t) => {
  const { store, handler, stop, agents } = await chat(t);
  const work = new Work(700, Date.now());
  await handler.handle(update(700, { text: "/start" }), work);
  await stop(defaultAgent);
  await store.write((transaction) => work.apply(transaction));
  t.match(
    (await queuedTexts(store)).at(-1),
    /^default_agent was stopped\. Continue with its memory/,
  );
  t.match(await agents.get(defaultAgent), { state: "stopped", sessionId: "ses_1" });
});
