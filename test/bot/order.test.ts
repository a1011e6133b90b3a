import { test, type Test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { endUpdate } from "../../src/inbox/inbox.ts";
import { inboxLane } from "../../src/inbox/lanes.ts";
import { Work } from "../../src/inbox/worker.ts";
import { texts } from "../../src/texts/texts.ts";
import { showWords } from "../../src/transcripts/show-words.ts";
import { addTranscript, markShown } from "../../src/transcripts/transcript-table.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows, queuedTexts } from "../support/memory.ts";
import { giveSession } from "../support/session.ts";
import { press, update } from "../support/updates.ts";

const here = conversation(1000);

/** A chat with two agents whose updates are handled in the order that a test says. */
async function sending(t: Test) {
  const all = await chat(t);
  const { app, store, agents, handler, start } = all;
  await start("site");
  await giveSession(agents, "site", "ses_2");
  const find = (name: string) => app.commands.find((one) => one.name === name);
  const ahead = {
    isFast: (name: string) => find(name)?.isFast ?? false,
    isUrgent: (name: string) => find(name)?.isUrgent ?? false,
  };
  /** Stores updates in their lanes, in the order they were sent. */
  const sent = async (...updates: ReturnType<typeof update>[]) => {
    for (const one of updates)
      await app.inbox.add(one.update_id, inboxLane(one, ahead), JSON.stringify(one));
  };
  /** Handles one of them to its end, as the worker of its lane does. */
  const handle = async (one: ReturnType<typeof update>) => {
    const work = new Work(one.update_id, Date.now());
    await handler.handle(one, work);
    await store.write(async (transaction) => {
      await work.apply(transaction);
      await endUpdate(transaction, one.update_id, "done");
    });
  };
  const keyOf = async (label: string) => {
    const said = JSON.stringify((await outboxRows(store)).map(({ payload }) => payload));
    const found = [...said.matchAll(/\{"text":"([^"]*)","callback_data":"([^"]*)"\}/g)];
    return found.findLast(([, text]) => text === label)?.[2] ?? "unknown";
  };
  const lastText = async () => (await queuedTexts(store)).at(-1);
  return { ...all, sent, handle, keyOf, lastText };
}

test("a stop means the agent of the switch that was sent before it", async (t) => {
  for (const written of ["/stop", "/abort"]) {
    const { sent, handle, lastText } = await sending(t);
    const switching = update(1, { text: "/switch site" });
    const stopping = update(2, { text: written });
    await sent(switching, stopping);
    const stopped = handle(stopping);
    await handle(switching);
    await stopped;
    t.match(
      await lastText(),
      written === "/stop" ? /^site stopped/ : /^site is not working on any/,
    );
  }
});

test("a stop asks which agent is meant while the switch before it is held up", async (t) => {
  const { sent, handle, lastText, keyOf, agents, give } = await sending(t);
  const stopping = update(2, { text: "/stop" });
  await sent(update(1, { text: "/switch site" }), stopping);
  const began = Date.now();
  await handle(stopping);
  t.ok(Date.now() - began < 1000, "at once, whatever holds up the other");
  t.match(
    await lastText(),
    /^Not done: \/switch, which you sent before \/stop, is still being handled/,
  );
  for (const name of ["site", defaultAgent]) t.match(await agents.get(name), { state: "active" });
  t.not(await keyOf("/stop default_agent"), "unknown");
  await give(press(3, await keyOf("/stop site")));
  t.match(await agents.get("site"), { state: "stopped" });
  t.match(await agents.get(defaultAgent), { state: "active" });
});

test("a stop of a named agent, and one behind a prompt alone, is done at once", async (t) => {
  const { sent, handle, lastText } = await sending(t);
  const stopping = update(3, { text: "/stop site" });
  await sent(update(1, { text: "/switch site" }), update(2, { text: "fix it" }), stopping);
  await handle(stopping);
  t.match(await lastText(), /^site stopped/);

  const other = await sending(t);
  const abort = update(2, { text: "/abort" });
  await other.sent(update(1, { text: "fix it" }), abort);
  await other.handle(abort);
  t.match(await other.lastText(), /^default_agent is not working on any/);
});

test("a text goes to the agent of the press that was made before it, and to none of a later one", async (t) => {
  const { sent, handle, keyOf, prompts, write, conversations } = await sending(t);
  await write("/list", {});
  const [toSite, one, two] = [
    press(101, await keyOf("Switch to site")),
    update(102, { text: "for site" }),
    update(103, { text: "too" }),
  ];
  await sent(toSite, one, two);
  const taken = handle(one);
  await handle(toSite);
  await taken;
  t.match(await prompts(), [{ agent: "site", text: "for site" }]);

  await handle(two);
  await write("/list");
  const back = press(105, await keyOf("Switch to default_agent"));
  const before = update(104, { text: "also for site" });
  await sent(before, back);
  const switched = handle(back);
  await handle(before);
  await switched;
  t.match((await prompts()).at(-1), { agent: "site", text: "also for site" });
  t.equal(await conversations.agentOf(here), defaultAgent);
});

test("a press that would change the agent of what is not done yet says so and can be repeated", async (t) => {
  const { sent, handle, keyOf, lastText, write, conversations, give } = await sending(t);
  await write("/list");
  const key = await keyOf("Switch to site");
  const text = update(101, { text: "for the default one" });
  const toSite = press(102, key);
  await sent(text, toSite);
  await handle(toSite);
  t.match(
    await lastText(),
    /^Not done: something you sent before this is still being handled\. Press again/,
  );
  t.equal(await conversations.agentOf(here), defaultAgent);
  await handle(text);
  await give(press(103, key));
  t.equal(await conversations.agentOf(here), "site");
});

test("the menu acts on the agent it names, also when a switch before it still waits", async (t) => {
  const { sent, handle, keyOf, write, agents } = await sending(t);
  await write("/menu");
  const fresh = press(102, await keyOf("New session"));
  await sent(update(101, { text: "/switch site" }), fresh);
  await handle(fresh);
  t.equal((await agents.get(defaultAgent))?.sessionId, undefined);
  t.equal((await agents.get("site"))?.sessionId, "ses_2");
});

test("what was heard goes to no agent of before a switch that is not done yet", async (t) => {
  const { sent, handle, keyOf, lastText, prompts, store, give } = await sending(t);
  const file = { media: "voice", fileId: "f", original: "voice.ogg", size: 9 } as const;
  const spoken = { conversation: here, operator: 1000, chatMessageId: 3 };
  await store.write(async (transaction) => {
    await addTranscript(transaction, {
      ...spoken,
      updateId: 1,
      recording: { file, seconds: 1 },
      around: { before: "", isForwarded: false, without: "" },
      sentAt: 1000 * Math.floor(Date.now() / 1000),
    });
    await markShown(transaction, 1, "Build.");
    await showWords(transaction, { ...spoken, id: 1 }, "Build.");
  });
  const key = await keyOf(texts.voice.send);
  const switching = update(101, { text: "/switch site" });
  const pressed = press(102, key);
  await sent(switching, pressed);
  await handle(pressed);
  t.equal(await lastText(), texts.buttons.tooEarly);
  t.same(await prompts(), []);
  await handle(switching);
  await give(press(103, key));
  t.match(await prompts(), [{ agent: "site", text: "Build." }]);
});
