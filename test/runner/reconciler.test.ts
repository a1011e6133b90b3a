import { test } from "tap";
import { pressCard } from "../../src/cards/presses.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { addMessage, joinMessage } from "../../src/prompts/messages.ts";
import { fillPlace, keepPlace } from "../../src/prompts/place.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { permission, reconciling } from "../support/reconciling.ts";
import { change, queuedTexts, rows } from "../support/memory.ts";
import { newMessage, newPrompt } from "../support/prompts.ts";
import { answer } from "../support/session.ts";

const pressOf = (key: string) => ({
  queryId: "q",
  key,
  operator: 1000,
  conversation: "1000",
  messageId: undefined,
});

test("prompts go one at a time, the next when the turn before has ended", async (t) => {
  const { write, run, did, messages, sessions, store, states, agents, stop } = await reconciling(t);
  await write("one");
  await write("two");
  await run();
  t.match(await agents.get("site"), { sessionId: "ses_1" });
  t.same(await states(), ["running", "queued"]);
  sessions.now.busy = true;
  await run();
  t.same(did, ["posted one"]);
  sessions.now.busy = false;
  messages.push(answer({ text: "first answer" }));
  t.match(await run(), { againInMs: 0 });
  await run();
  t.same(did, ["posted one", "posted two"]);
  messages.push(answer({ text: "second answer" }));
  await run();
  t.same(await states(), ["done", "done"]);
  t.same(await queuedTexts(store), ["first answer", "second answer"]);
  t.match(await run(), { againInMs: undefined });
  await stop();
  await write("to a stopped agent");
  await run();
  t.same(did, ["posted one", "posted two", "aborted"]);
});

test("a prompt is delivered whole: not before its time to receive is over, and then with all of it", async (t) => {
  const { store, run, did, states, start } = await reconciling(t);
  await start();
  const until = Date.now() + 60_000;
  const part = (updateId: number, text: string, kind: "forward" | "text" = "forward") =>
    newMessage(
      updateId,
      { kind, text },
      { sentAt: Date.now(), takenAt: until - 60_000, waitMs: 60_000 },
    );
  await store.write((transaction) => addMessage(transaction, part(1, "the comment", "text")));
  const { againInMs = 0 } = await run();
  t.ok(againInMs > 59_000 && againInMs <= 60_000);
  t.same([await states(), did], [["receiving"], []]);
  await store.write((transaction) => joinMessage(transaction, part(2, "the forward")));
  await change(store, "UPDATE prompts SET receive_until = ?", Date.now());
  t.match(await run(), { againInMs: 0 });
  t.same(await states(), ["queued"]);
  const joined = await store.write((transaction) => joinMessage(transaction, part(3, "too late")));
  t.notOk(joined);
  await run();
  t.same(did, ["posted the comment\n\nthe forward"]);
});

test("what is said in a recording keeps its place until it is known, and those behind it wait", async (t) => {
  const { store, run, did, states, start } = await reconciling(t);
  await start();
  const recording = { media: "voice", fileId: "f", original: "voice.ogg", size: 1 } as const;
  await store.write(async (transaction) => {
    await keepPlace(transaction, newPrompt(1), recording);
    await addPrompt(transaction, newPrompt(2, { text: "written after it" }));
  });
  const { againInMs = 0 } = await run();
  t.ok(againInMs > 100, "it is not looked at over and over");
  t.same([await states(), did], [["receiving", "queued"], []]);
  await store.write((transaction) => fillPlace(transaction, 1, { text: "said" }));
  await run();
  await run();
  t.same(did, ["posted said"]);
});

test("a prompt is not received for longer because the clock was set back", async (t) => {
  const { store, run, did } = await reconciling(t);
  const receiveUntil = Date.now() + 24 * 60 * 60 * 1000;
  const prompt = newPrompt(1, { text: "the comment", receiveUntil });
  await store.write((transaction) => addPrompt(transaction, prompt));
  await run();
  await run();
  t.same(did, ["posted the comment"]);
});

test("an agent stopped while its session is made has none, and is left alone", async (t) => {
  const { write, run, agents, stop, opencode, did } = await reconciling(t);
  const { createSession } = opencode;
  opencode.createSession = async (...given) => {
    await stop();
    return createSession(...given);
  };
  await write("x");
  t.match(await run(), { againInMs: undefined });
  t.equal((await agents.get("site"))?.sessionId, undefined);
  t.same(did, []);
});

test("nothing is delivered while a session is busy or waits for a decision, and that is told once", async (t) => {
  const { write, run, did, sessions, store, states, messages, typing } = await reconciling(
    t,
    "tmux",
  );
  await write("before");
  await run();
  sessions.now.busy = true;
  sessions.now.decisions = [permission];
  await run();
  await write("what is the status?");
  await run();
  await run();
  t.same(did, ["typed before"]);
  const waits = "Queued. Answer the card above first; then site gets this.";
  t.match(await queuedTexts(store), [/site wants to run, in .*\nls/, waits]);
  sessions.now.busy = false;
  sessions.now.decisions = [];
  messages.push(answer({ text: "ok" }));
  typing.guard = async () => ({ paneId: undefined, terminal: "works" });
  await run();
  await run();
  t.same(did, ["typed before", "posted what is the status?"], "a dialog may still be drawn");
  t.same(await states(), ["done", "running"]);
});

test("what an aborted turn has asked is rejected, and its card closed, with or without a card", async (t) => {
  const { write, run, did, sessions, store, messages } = await reconciling(t, "tmux");
  await write("go");
  await run();
  messages.push(answer({ error: "MessageAbortedError" }));
  sessions.now = { busy: true, retrying: false, decisions: [permission] };
  await run();
  sessions.now = { busy: false, retrying: false, decisions: [] };
  sessions.left = [permission];
  await run();
  sessions.left = [];
  await run();
  t.same(did, ["typed go", "per_1 reject"]);
  t.match((await queuedTexts(store)).at(-2), /ls\n\nThe turn has ended; nothing waits for this\.$/);

  const unseen = await reconciling(t, "tmux");
  const request = { id: "que_1", sessionID: "ses_1", questions: [] };
  unseen.sessions.left = [{ kind: "question", id: "que_1", request }];
  unseen.typing.guard = async () => ({ paneId: undefined, terminal: "asks" });
  await unseen.write("next");
  await unseen.run();
  t.same(unseen.did, ["que_1 rejected", "posted next"], "the next one can be typed again");
});

test("a session made busy by somebody else is left to end, on either path", async (t) => {
  for (const first of ["tmux", "api"] as const) {
    const { write, run, did, sessions, states } = await reconciling(t, first);
    sessions.now.busy = true;
    await write("x");
    await run();
    t.same(did, []);
    t.same(await states(), ["queued"]);
    sessions.now.busy = false;
    await run();
    t.equal(did.length, 1);
  }
});

test("an operator's decision is told to opencode once, and kept until it is", async (t) => {
  const { write, run, did, sessions, cards, store, opencode } = await reconciling(t);
  await write("go");
  await run();
  sessions.now.busy = true;
  sessions.now.decisions = [permission];
  await run();
  const [{ key } = { key: "" }] = await rows<{ key: string }>(
    store,
    "SELECT key FROM buttons WHERE action LIKE '%always%'",
  );
  await store.write((transaction) => pressCard(transaction, pressOf(key)));
  const { answerPermission } = opencode;
  opencode.answerPermission = async () => {
    throw new OpencodeRefused("POST /permission", 500);
  };
  await t.rejects(run(), OpencodeRefused);
  t.equal((await cards.answered("site")).length, 1, "the decision waits for the next pass");
  opencode.answerPermission = answerPermission;
  await run();
  await run();
  t.same(did, ["posted go", "per_1 always"]);
  t.match((await queuedTexts(store)).at(-1), /Always allowed\.$/);
});

test("a decision that opencode does not wait for any more closes its card as such", async (t) => {
  const { write, run, sessions, cards, store, opencode } = await reconciling(t);
  await write("go");
  await run();
  sessions.now.busy = true;
  sessions.now.decisions = [permission];
  await run();
  const [{ key } = { key: "" }] = await rows<{ key: string }>(store, "SELECT key FROM buttons");
  await store.write((transaction) => pressCard(transaction, pressOf(key)));
  opencode.answerPermission = async () => {
    throw new OpencodeRefused("POST /permission", 404);
  };
  await run();
  t.match((await queuedTexts(store)).at(-1), /Answered in the terminal, or no longer waiting\.$/);
  t.same(await cards.answered("site"), []);
});

test("a session that is gone from opencode is replaced, and whoever wrote to it is told", async (t) => {
  const { write, run, did, opencode, states, store, agents } = await reconciling(t);
  await write("one");
  await run();
  await write("two");
  const gone = async () => {
    throw new OpencodeRefused("GET /session", 404);
  };
  const { messages, session } = opencode;
  opencode.messages = gone;
  await t.rejects(run(), OpencodeRefused, "what is there is not given up");
  t.same(await states(), ["running", "queued"]);
  opencode.session = gone;
  opencode.statuses = gone;
  await t.rejects(run(), OpencodeRefused, "nobody there is opencode");
  t.same(await states(), ["running", "queued"]);
  opencode.statuses = async () => ({});
  t.same(await run(), { againInMs: 0 });
  t.same(await states(), ["failed", "queued"]);
  Object.assign(opencode, { messages, session });
  await run();
  t.match(await agents.get("site"), { sessionId: "ses_2" });
  t.same(did, ["posted one", "posted two"]);
  t.match(await queuedTexts(store), [/^opencode has lost the session of site/]);
});

test("operators are told when opencode answers, and yet takes nothing", async (t) => {
  const { write, run, opencode, outage, store } = await reconciling(t);
  const { prompt } = opencode;
  opencode.prompt = async () => undefined;
  await write("x");
  for (let time = 0; time < 2; time += 1) {
    await t.rejects(run(), OpencodeUnreachable);
    await outage.recordFailure("site");
  }
  t.match(await queuedTexts(store), [/is not accepting your message/]);
  opencode.prompt = prompt;
  await run();
  t.match(await queuedTexts(store), [/is not accepting/, "opencode is back; site continues."]);
});

test("while somebody works in the terminal, what that asks is looked for", async (t) => {
  const { run, sessions, cards, store } = await reconciling(t);
  t.same(await run(), { againInMs: undefined });
  sessions.now.busy = true;
  t.match(await run(), { againInMs: Number });
  sessions.now.decisions = [permission];
  await run();
  t.match(await queuedTexts(store), [/site wants to run/]);
  t.same(await cards.answered("site"), []);
});

test("nothing is delivered while a subagent of a session that rests waits for a decision", async (t) => {
  const { write, run, did, sessions, store, states } = await reconciling(t);
  sessions.now.decisions = [permission];
  await write("x");
  t.match(await run(), { againInMs: Number });
  t.same(did, []);
  t.same(await states(), ["queued"]);
  t.match(await queuedTexts(store), [/site wants to run/, /^Queued\. Answer the card above first/]);
  sessions.now.decisions = [];
  await run();
  t.same(did, ["posted x"]);
});
