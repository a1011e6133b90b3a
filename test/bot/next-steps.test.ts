import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { chat } from "../support/bot-chat.ts";
import { change, outboxRows } from "../support/memory.ts";
import { giveSession, prompted } from "../support/session.ts";

type Chat = Awaited<ReturnType<typeof chat>>;
interface Keyboard {
  inline_keyboard: { text: string }[][];
}

/** Gives a command to its end; resolves to the last thing said, and its buttons. */
async function said(all: Chat, written: string): Promise<[text: unknown, buttons: string[]]> {
  await all.write(written);
  await all.runTasks();
  const { payload } = (await outboxRows(all.store)).at(-1)!;
  const { inline_keyboard: lines = [] } = (payload["reply_markup"] ?? {}) as Partial<Keyboard>;
  return [payload["text"], lines.flat().map(({ text }) => text)];
}

test("a session in which nothing was said yet is answered with what to do", async (t) => {
  const all = await chat(t);
  const answers: Record<string, [text: RegExp, buttons: string[]]> = {
    "/export": [/^Nothing to export: .* Send a task/, ["Past sessions"]],
    "/transcript": [/^Nothing was said in this session yet\. Send a task/, ["Past sessions"]],
    "/undo": [/^There is nothing to undo: .* Send a task first\.$/, []],
    "/redo": [/^There is nothing to redo: nothing is undone\./, []],
    "/compact": [/^There is nothing to summarise: .* Send a task first\.$/, []],
    "/context": [/^No model has answered .* Send a task first\.$/, []],
    "/diff session": [/^This session has changed no file yet\. Send a task/, ["Of the folder"]],
    "/diff": [/^Nothing has changed in the folder/, ["Of this session"]],
    "/todo": [/^The agent has no to-do list in this session\. It makes one/, []],
  };
  for (const [written, [text, buttons]] of Object.entries(answers)) {
    t.match(await said(all, written), [text, buttons], written);
    t.equal(
      (await outboxRows(all.store)).filter(({ method }) => method === "sendDocument").length,
      0,
    );
  }
  all.controls.isGit = async () => false;
  t.match(await said(all, "/diff session"), [/^The folder is not in git/, ["What was said"]]);
});

test("an undo of what is all undone offers to redo it", async (t) => {
  const all = await chat(t);
  const { controls, opencode } = all;
  controls.stored = [prompted("msg_1", "one", 1)];
  opencode.session = async (id) => ({ id, revert: { messageID: "msg_1" } });
  t.match(await said(all, "/undo"), [/^There is nothing to undo: all .* is undone/, ["Redo"]]);
  await all.press("Redo");
  await all.runTasks();
  t.same(opencode.did, ["ses_1 unreverted"]);
});

test("an agent without a session is answered with a button that tries again, in the same place", async (t) => {
  const all = await chat(t);
  const { store, app, press, agents, controls } = all;
  await store.write((transaction) => app.lifecycle.renew(transaction, defaultAgent));
  const commands = [
    "/export",
    "/transcript",
    "/undo",
    "/compact",
    "/diff session",
    "/todo",
    "/mode",
  ];
  for (const written of commands) {
    t.match(
      await said(all, written),
      [/^default_agent is starting and has no session yet\. Try again/, ["Try again"]],
      written,
    );
  }
  await said(all, "/todo");
  await giveSession(agents, defaultAgent, "ses_2");
  controls.todo = async () => [{ content: "write it", status: "pending", priority: "high" }];
  t.same(await press("Try again"), ["To do:\n☐ write it", ""]);
  t.match((await outboxRows(store)).at(-2), { method: "editMessageText" });
});

test("a stopped agent is answered with a button that starts it", async (t) => {
  const all = await chat(t);
  await all.stop(defaultAgent);
  const start = ["Start default_agent"];
  for (const written of [
    "/todo",
    "/undo",
    "/model",
    "/mode",
    "/run x",
    "/queue",
    "/status",
    "/screen",
  ]) {
    const [text, buttons] = await said(all, written);
    t.match(text, /stopped/, written);
    t.same(buttons, start, written);
  }
  t.same(await said(all, "/queue"), [
    "default_agent is stopped, so nothing waits for it. Start it to send it a task.",
    start,
  ]);
  t.match(await said(all, "/list"), [/^No agent is running.*\n▸ default_agent: stopped$/, start]);
  await all.press("Start default_agent");
  t.match(
    (await outboxRows(all.store)).at(-2)?.payload["text"],
    /^default_agent was stopped\. Continue/,
  );
});

test("the queue of a stopped agent shows what waits all the same", async (t) => {
  const all = await chat(t);
  await all.stop(defaultAgent);
  await all.start("site");
  await all.write("/switch site");
  await all.write("left over");
  await change(all.store, "UPDATE agents SET state = 'stopped' WHERE name = 'site'");
  t.match(await said(all, "/queue"), [
    /^1 message waits for site:\n1\. left over$/,
    ["Send 1 now", "Drop 1", "Hold"],
  ]);
});

test("what cannot be done now is tried again by a button, with the same words", async (t) => {
  const all = await chat(t);
  const { opencode, controls, press, agents, terminals, events } = all;
  const { agents: listed } = opencode;
  opencode.agents = async () => Promise.reject(new OpencodeUnreachable("GET /agent"));
  t.match(await said(all, "/mode plan"), [/^opencode is not responding/, ["Try again", "Status"]]);
  opencode.agents = listed;
  await press("Try again");
  t.match((await agents.get(defaultAgent))?.choice, { mode: "plan" });

  controls.stored = [prompted("msg_1", "one", 1)];
  const { revert } = controls;
  controls.revert = async () => Promise.reject(new OpencodeRefused("POST /revert", 409));
  t.match(await said(all, "/undo"), [/^Not done: the agent is working/, ["Try again"]]);
  controls.revert = revert;
  await press("Try again");
  await all.runTasks();
  t.same(opencode.did, ["ses_1 reverted to msg_1"]);

  terminals.text = "";
  t.match(await said(all, "/screen"), [
    /is starting, and so is its terminal\. Try again/,
    ["Try again"],
  ]);
  terminals.text = "there it is";
  t.same(await press("Try again"), [""]);
  await all.runTasks();
  t.match((await outboxRows(all.store)).slice(-2), [
    { method: "sendPhoto", payload: { caption: "default_agent" } },
    { method: "editMessageText", payload: { text: "The terminal is shown below." } },
  ]);
  events.isHeard = false;
  controls.share = async () => Promise.reject(new OpencodeUnreachable("POST /share"));
  t.match(await said(all, "/share"), [/^It is not known whether \/share/, ["Status"]]);
  controls.allMessages = async () => Promise.reject(new OpencodeUnreachable("GET /message"));
  t.match(
    await said(all, "/fork one"),
    [/^opencode is not responding/, ["Try again", "Status"]],
    "nothing was done yet",
  );
  opencode.session = async () => Promise.reject(new OpencodeUnreachable("GET /session"));
  for (const command of ["/resume ses_9", "/resume_last default_agent"]) {
    t.match(await said(all, command), [/^opencode is not responding/, ["Try again", "Status"]]);
  }
});

test("an answer that names a list has a button for it", async (t) => {
  const all = await chat(t);
  await all.start("site");
  const answers: [written: string, text: RegExp, buttons: string[]][] = [
    ["/switch nobody", /^No agent “nobody” is running/, ["Agents"]],
    ["/start new nosuch", /^There is no such folder/, ["Folders"]],
    ["/start site site", /^site is already running/, ["Switch to site"]],
    ["/history zebra", /^No session has “zebra”/, ["All sessions"]],
    ["/run nosuch", /^Not sent: opencode has no command/, ["opencode commands"]],
    ["/run", /^Name the command/, ["opencode commands"]],
    ["/queue --drop 1", /^Use the buttons/, ["Queue"]],
    ["/nosuchthing", /^Not sent: this command is unknown/, ["All commands"]],
    ["/resume", /^Name a session/, ["Past sessions"]],
    ["/resume_last nobody", /^There is no session to resume/, ["Past sessions"]],
    ["/fork zebra", /^No message of yours/, ["What was said"]],
    ["/abort --turn x", /^No agent “--turn x”/, ["Agents"]],
    [
      "/abort site --turn 7",
      /^Nothing was stopped: that turn of site is over/,
      ["What it is doing"],
    ],
    ["/new", /^default_agent begins a new session/, ["Past sessions"]],
    ["/stop site", /^site stopped before it had a session/, ["Start site"]],
    ["/abort site", /^site is stopped/, ["Start site"]],
    ["/stop", /^default_agent stopped before it had/, ["Start default_agent"]],
    ["/new", /^default_agent is stopped/, ["Start default_agent"]],
  ];
  for (const [written, text, buttons] of answers) {
    t.match(await said(all, written), [text, buttons], written);
  }
});

test("/status offers what comes next, and says since when the agent works", async (t) => {
  const all = await chat(t);
  const { store, sessions, write, press } = all;
  t.match(await said(all, "/status"), [/\nState: idle\n/, ["Screen"]]);
  await write("one");
  await write("two");
  sessions.now.busy = true;
  const at = Date.now() - 5 * 60_000;
  await change(store, "UPDATE prompts SET state = 'running', attempted_at = ? WHERE id = 1", at);
  t.match(await said(all, "/status"), [
    /\nState: working for 5 min\n[^]*\nMessages: 1 running, 1 waiting\n/,
    ["Screen", "Queue", "What it is doing"],
  ]);
  await write("/queue");
  await press("Hold");
  t.match(await said(all, "/status"), [
    /\nHeld: /,
    ["Continue", "Screen", "Queue", "What it is doing"],
  ]);
  const before = (await outboxRows(store)).length;
  t.same(await press("Continue"), [
    "default_agent continues: 1 message that waited is delivered.",
    "",
  ]);
  t.match(
    (await outboxRows(store)).slice(before).map(({ method }) => method),
    ["editMessageText", "answerCallbackQuery"],
    "in place of what said that it is held",
  );
  t.notMatch((await said(all, "/status"))[0], /Held: /);
});

test("Continue says what becomes of what waits, and nothing that is outdated a moment later", async (t) => {
  const { write, press } = await chat(t);
  await write("/queue");
  await press("Hold");
  t.same(await press("Continue"), ["default_agent continues; no message waits.", ""]);
  t.match(await press("Hold"), [/^No message waits for default_agent\.\nHeld: /, ""]);
  await write("one");
  await write("two");
  t.same(await press("Continue"), [
    "default_agent continues: 2 messages that waited are delivered, one after the other.",
    "",
  ]);
  t.match(await press("Queue"), [/^2 messages wait for default_agent:/, ""]);
});

test("/menu names the agent, and what it changes is not done to another", async (t) => {
  const all = await chat(t);
  t.match(await said(all, "/menu"), ["You are talking to default_agent. What do you want to do?"]);
  await all.start("site");
  await all.write("/switch site");
  t.match(await all.press("New session"), [/^Not done: this was about default_agent/]);
  t.match(await all.press("Agents"), [/^Your agents/, ""]);
});

test("/list names the stopped agents that can continue, with a button for each, in pages", async (t) => {
  const all = await chat(t);
  await all.start("never");
  await all.stop("never");
  const names = "abcdefghijklmnop".split("");
  for (const name of names) {
    await all.start(name);
    await giveSession(all.agents, name, `ses_of_${name}`);
    await all.stop(name);
  }
  const [text, first] = await said(all, "/list");
  t.match(text, /^Your agents; .*\n▸ default_agent: idle(?:\n· [a-p]: stopped){14}$/);
  await all.press("More ›");
  const [, second] = await said(all, "/list 2");
  const starts = [...first, ...second].filter((label) => label.startsWith("Start "));
  t.same(
    starts.toSorted(),
    names.map((name) => `Start ${name}`),
  );
  await all.stop(defaultAgent);
  t.match(await said(all, "/list 9"), [
    /^No agent is running\. .*\n(?:. \w+: stopped\n?){2}$/,
    [/^Start /, /^Start /, "‹ Back"],
  ]);
});
