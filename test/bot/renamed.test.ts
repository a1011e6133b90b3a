import { test, type Test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Work } from "../../src/inbox/worker.ts";
import { slashCommand } from "../../src/opencode/slash-commands.ts";
import { holdsAgents } from "../support/fake-opencode.ts";
import { chat } from "../support/bot-chat.ts";
import { change, outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { giveSession } from "../support/session.ts";
import { press, update } from "../support/updates.ts";

const here = conversation(1000);

/**
 * A chat that talks to the agent `site`, whose name another one takes while it becomes `shop`. In a chat that
 * was used before, which saves time, those two have left first.
 */
async function withSite(t: Test, former?: Awaited<ReturnType<typeof chat>>) {
  const all = former ?? (await chat(t));
  const { app, store, agents, handler, start, write } = all;
  for (const table of ["agents", "prompts", "prompt_lanes", "buttons", "outbox", "updates"]) {
    const name = table === "agents" ? "name != 'default_agent'" : "1 = 1";
    if (former) await change(store, `DELETE FROM ${table} WHERE ${name}`);
  }
  await start("site");
  await giveSession(agents, "site", "ses_2");
  await write("/switch site");
  const changesHands = async () => {
    await store.write((transaction) => app.lifecycle.rename(transaction, "site", "shop"));
    await start("site");
    await giveSession(agents, "site", "ses_3");
  };
  const keyOf = async (label: string) => {
    const sent = JSON.stringify((await outboxRows(store)).map(({ payload }) => payload));
    const found = [...sent.matchAll(/\{"text":"([^"]*)","callback_data":"([^"]*)"\}/g)];
    return found.findLast(([, text]) => text === label)?.[2] ?? "unknown";
  };
  /** Handles an update, and does `act` before what it wants is done. */
  const during = async (one: ReturnType<typeof update>, act: () => Promise<unknown>) => {
    const work = new Work(one.update_id, Date.now());
    await handler.handle(one, work);
    await act();
    const before = (await queuedTexts(store)).length;
    await store.write((transaction) => work.apply(transaction));
    return (await queuedTexts(store)).slice(before);
  };
  /** All that is known of the agent that has the name now. */
  const ofSite = () =>
    Promise.all(
      ["agents WHERE name", "prompts WHERE agent", "prompt_lanes WHERE agent"].map((where) =>
        rows(store, `SELECT * FROM ${where} = 'site'`),
      ),
    );
  return { ...all, changesHands, keyOf, during, ofSite };
}

test("what is written while an agent is renamed is done to that agent", async (t) => {
  const said: [written: string, words: RegExp][] = [
    ["/model stub/own", /^The next prompt of shop runs on stub\/own/],
    ["/mode plan", /^The next prompt of shop runs in mode plan/],
    ["/abort", /^shop is not working on any message/],
    ["/abort site", /^shop is not working on any message/],
    ["/stop", /^shop stopped/],
    ["/new", /^shop begins a new session/],
    ["/clear", /^shop would begin without its memory/],
    ["/rename store", /^shop is now called store/],
  ];
  const all = await chat(t);
  for (const [written, words] of said) {
    const { changesHands, during, ofSite } = await withSite(t, all);
    let before: unknown;
    const act = async () => {
      await changesHands();
      before = await ofSite();
    };
    t.match(await during(update(900, { text: written }), act), [words], written);
    t.same(await ofSite(), before, `${written}: the new agent of that name is left alone`);
  }
});

test("what is asked for while an agent is renamed reaches that agent", async (t) => {
  const all = await chat(t);
  for (const written of ["fix it", "/run greet", "/sh ls"]) {
    const { app, changesHands, during, prompts } = await withSite(t, all);
    t.intercept(app.opencodeControls, "commands", {
      value: async () => [slashCommand({ name: "greet", template: "Greet" })],
    });
    app.config.shell.isAllowed = true;
    t.same(await during(update(900, { text: written }), changesHands), [], written);
    t.match(await prompts(), [{ agent: "shop" }], written);
  }
});

test("a button means the agent that it was shown for, whatever that is called now", async (t) => {
  const buttons: [written: string, label: string, words: RegExp, query: string][] = [
    [
      "/queue",
      "Hold",
      /^No message waits for shop/,
      "SELECT held = 1 AS ok FROM prompt_lanes WHERE agent = 'shop'",
    ],
    [
      "/mode",
      "plan",
      /shop runs in mode plan/,
      "SELECT mode = 'plan' AS ok FROM agents WHERE name = 'shop'",
    ],
    [
      "/clear",
      "Do it",
      /^shop begins a new/,
      "SELECT session_id IS NULL AS ok FROM agents WHERE name = 'shop'",
    ],
    [
      "/working",
      "Stop",
      /^Stopping the turn of shop/,
      "SELECT abort_at > 0 AS ok FROM prompts WHERE agent = 'shop'",
    ],
  ];
  const all = await chat(t);
  for (const [written, label, words, query] of buttons) {
    const { store, write, give, keyOf, changesHands, ofSite } = await withSite(t, all);
    if (written === "/working") {
      await write("one");
      await change(store, "UPDATE prompts SET state = 'running', attempted_at = 1");
    }
    await write(written);
    const key = await keyOf(label);
    await change(store, "UPDATE prompts SET state = 'queued' WHERE state = 'running'");
    await changesHands();
    await change(store, "UPDATE prompts SET state = 'running' WHERE state = 'queued'");
    const before = await ofSite();
    t.ok(
      (await give(press(901, key))).some((text) => words.test(String(text))),
      written,
    );
    t.same(await rows(store, query), [{ ok: 1 }], written);
    t.same(await ofSite(), before, written);
  }
});

test("the question about a stopped agent means that one", async (t) => {
  const { write, give, keyOf, stop, changesHands, agents, ofSite } = await withSite(t);
  await stop("site");
  await write("/start site");
  const key = await keyOf("Continue");
  await changesHands();
  await stop("site");
  const before = await ofSite();
  t.match(await give(press(901, key)), [/^Doing/, /^shop continues with its memory/, /^Doing/]);
  t.match(await agents.get("shop"), { state: "active", sessionId: "ses_2" });
  t.same(await ofSite(), before);
});

test("a button that is pressed while its agent is renamed says so and does nothing", async (t) => {
  const { store, write, keyOf, changesHands, during } = await withSite(t);
  await write("/queue");
  const one = press(901, await keyOf("Hold"));
  t.same(await during(one, changesHands), [
    "Not done: this agent changed at the same moment. Press again.",
  ]);
  t.same(await rows(store, "SELECT * FROM prompt_lanes WHERE held = 1"), []);
  t.match(await during(one, async () => undefined), [/^No message waits for shop/, ""]);
});

test("a task for a session is done when its agent has another name by then", async (t) => {
  const { write, runTasks, changesHands, controls, store } = await withSite(t);
  const compared: string[] = [];
  controls.workingTreeChanges = async (directory) => {
    compared.push(directory);
    return [];
  };
  await write("/diff");
  await changesHands();
  await runTasks();
  t.equal(compared.length, 1);
  t.equal(
    (await queuedTexts(store)).at(-1),
    "Nothing has changed in the folder since the last commit.",
  );
});

test("a command that is done later is done to the agent that was talked to", async (t) => {
  const { write, runTasks, opencode, agents, changesHands } = await withSite(t);
  const release = holdsAgents(opencode);
  t.same(await write("/mode plan"), ["Asking opencode…"]);
  await changesHands();
  await write("/switch default_agent");
  release();
  await runTasks();
  t.match((await agents.get("shop"))?.choice, { mode: "plan" });
  for (const name of ["site", defaultAgent]) t.equal((await agents.get(name))?.choice, undefined);
});

test("a conversation that another agent was chosen in is not taken back by a rename", async (t) => {
  const { write, during, conversations } = await withSite(t);
  const act = () => write("/switch default_agent");
  t.same(await during(update(900, { text: "/rename shop" }), act), ["site is now called shop."]);
  t.equal(await conversations.agentOf(here), defaultAgent);
});
