import { test, type Test } from "tap";
import type { Decision } from "../../src/opencode/session-reader.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { continueAgent, hold, moveToFront, sendNow, wantAbort } from "../../src/prompts/queue.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { graph } from "../support/graph.ts";
import { queuedTexts } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { reconciling } from "../support/reconciling.ts";
import { answer, prompted } from "../support/session.ts";

/** The answer of opencode to one of its messages, made at the moment it is given. */
function answerTo(id: string, fields: Parameters<typeof answer>[0], n = 0): SessionMessage {
  const message = answer(fields);
  const time = {
    created: Date.now(),
    ...(fields.completed !== false && { completed: Date.now() }),
  };
  return { ...message, info: { ...message.info, id: `${id}_a${n}`, parentID: id, time } as never };
}

/** Agent `site` in a turn on the prompt `one`, with others behind it; an abort ends what is unfinished. */
async function working(t: Test, ...others: string[]) {
  const site = await reconciling(t);
  const { write, run, sessions, messages, prompts, store, opencode, did } = site;
  await write("one");
  await run();
  for (const text of others) await write(text);
  sessions.now.busy = true;
  const lead = (await prompts.head("site"))!;
  messages.push(answerTo(lead.messageId, { completed: false }));
  opencode.abort = async () => {
    did.push("aborted");
    sessions.now.busy = false;
    const last = messages.findLast(({ info }) => info.role === "assistant")!;
    const error = { name: "MessageAbortedError", data: {} };
    Object.assign(last.info, { error, time: { created: 1, completed: Date.now() } });
  };
  const idOf = async (text: string) =>
    (await prompts.written("site", 0, 99)).find((one) => one.text === text)!;
  const now = async (text: string) => {
    const { id } = await idOf(text);
    return store.write((transaction) => sendNow(transaction, id));
  };
  const abort = () => store.write((transaction) => wantAbort(transaction, "site"));
  /** The last step is done, and the model is asked again with what `id` says. */
  const goesOn = (id: string, text: string) => {
    const step = messages.find((message) => message.info.id === `${lead.messageId}_a0`)!;
    Object.assign(step.info, { finish: "tool-calls", time: { created: 1, completed: 2 } });
    messages.push(answerTo(id, { text }));
    sessions.now.busy = false;
  };
  return { ...site, lead, idOf, now, abort, goesOn };
}

test("a prompt that is being delivered is not overtaken by one that is moved to the front", async (t) => {
  const { write, run, typing, did, messages, prompts, store } = await reconciling(t, "tmux");
  await write("one");
  await write("two");
  await write("three");
  const { type } = typing;
  typing.type = async (...given) => {
    const [, , three] = await prompts.written("site", 0, 9);
    await store.write((transaction) => moveToFront(transaction, three!.id));
    return type(...given);
  };
  await run();
  typing.type = type;
  messages.push(answerTo("msg_typed", { text: "1" }));
  await run();
  await run();
  t.same(did, ["typed one", "typed three"]);
});

test("a prompt that is sent now joins the running turn, whose answer is said once", async (t) => {
  const { run, did, now, idOf, states, store, goesOn } = await working(t, "two", "three");
  await run();
  t.same(did, ["posted one"], "without the wish it waits");
  t.match(await now("three"), { kind: "now" });
  await run();
  t.same(did, ["posted one", "posted three"]);
  t.same(await states(), ["running", "queued", "running"]);
  await run();
  const { messageId, sessionId } = await idOf("three");
  t.match(sessionId, "ses_1");
  goesOn(messageId, "both are done");
  await run();
  t.same(await states(), ["done", "queued", "done"]);
  t.same(await queuedTexts(store), ["both are done"]);
  await run();
  t.same(did, ["posted one", "posted three", "posted two"]);
});

test("one that is answered after the end of the turn it was sent into has an answer of its own", async (t) => {
  const { run, now, idOf, store, messages, sessions } = await working(t, "two");
  await now("two");
  await run();
  const first = messages[1]!;
  Object.assign(first.info, { finish: "stop", time: { created: 1, completed: 2 } });
  first.parts.push({ type: "text", text: "first answer" } as never);
  messages.push(answerTo((await idOf("two")).messageId, { text: "second answer" }));
  sessions.now.busy = false;
  await run();
  t.same(await queuedTexts(store), ["first answer", "second answer"]);
});

test("with no turn the prompt that is sent now is the next one; held, it waits", async (t) => {
  const { write, run, did, store, prompts } = await reconciling(t);
  for (const text of ["one", "two", "three"]) await write(text);
  await store.write((transaction) => hold(transaction, "site"));
  const [, , three] = await prompts.written("site", 0, 9);
  t.match(await store.write((transaction) => sendNow(transaction, three!.id)), { kind: "held" });
  await run();
  t.same(did, []);
  await store.write((transaction) => continueAgent(transaction, "site"));
  await run();
  t.same(did, ["posted three"]);
  t.match(await prompts.head("site"), { isSentNow: false }, "it has a turn of its own");
});

test("while a decision is pending nothing is sent now either", async (t) => {
  const { run, did, now, sessions } = await working(t, "two");
  const request = { id: "que_1", sessionID: "ses_1", questions: [] };
  const question: Decision = { kind: "question", id: "que_1", request };
  await now("two");
  sessions.now.decisions = [question];
  await run();
  t.same(did, ["posted one"]);
  sessions.now.decisions = [];
  await run();
  t.same(did, ["posted one", "posted two"]);
});

test("after a crash at any point a prompt that was sent now is there once", async (t) => {
  for (const isPosted of [false, true]) {
    const { run, did, now, idOf, prompts, messages, states } = await working(t, "two");
    await now("two");
    const two = await idOf("two");
    await prompts.attempt(two, { path: "api", sessionId: "ses_1", isSentNow: true });
    if (isPosted) messages.push(prompted(two.messageId, "two"));
    await run();
    t.same(await states(), ["running", "running"]);
    t.same(did, isPosted ? ["posted one"] : ["posted one", "posted two"]);
    const stored = messages.filter(({ info }) => info.id === two.messageId);
    t.equal(stored.length, 1);
  }
});

test("an aborted turn ends once, and what was stranded in it is answered once", async (t) => {
  const { run, did, now, idOf, abort, store, states, messages, opencode } = await working(
    t,
    "two",
    "three",
  );
  await now("two");
  await run();
  const { messageId } = await idOf("two");
  t.match(await abort(), { kind: "aborting", prompts: [{ text: "one" }, { text: "two" }] });
  const { prompt } = opencode;
  opencode.prompt = async (...given) => {
    await prompt(...given);
    messages.push(answerTo(messageId, { text: "two is answered" }));
  };
  await run();
  t.same(did, ["posted one", "posted two", "aborted"]);
  await run();
  opencode.prompt = prompt;
  t.same(did, ["posted one", "posted two", "aborted", "posted two"], "under the same ids");
  t.same(await queuedTexts(store), ["Turn stopped.", "two is answered"]);
  t.same(await states(), ["failed", "done", "queued"]);
  await run();
  t.same(did.slice(4), ["posted three"], "what waits goes on");
});

test("what the model was not asked with is stranded, though a step began after it", async (t) => {
  const { run, did, now, abort, store, states, messages, lead, sessions } = await working(t, "two");
  await now("two");
  await run();
  Object.assign(messages[1]!.info, { finish: "tool-calls", time: { created: 1, completed: 2 } });
  // opencode had read the session before the prompt was stored.
  messages.push(answerTo(lead.messageId, { completed: false }, 1));
  await abort();
  await run();
  t.notOk(sessions.now.busy);
  await run();
  t.same(did, ["posted one", "posted two", "aborted", "posted two"]);
  t.match(await queuedTexts(store), ["Turn stopped.", /does not start/]);
  t.same(await states(), ["failed", "failed"]);
});

test("a prompt that is sent now joins a turn of the terminal, and outlives its abort", async (t) => {
  const { write, run, did, sessions, messages, store, prompts, opencode } = await reconciling(t);
  await run();
  messages.push(prompted("msg_typed", "typed", 1), answerTo("msg_typed", { completed: false }));
  sessions.now.busy = true;
  await write("mine");
  await run();
  t.same(did, []);
  const mine = (await prompts.head("site"))!;
  t.match(await store.write((transaction) => sendNow(transaction, mine.id)), { kind: "next" });
  await run();
  t.same(did, ["posted mine"]);
  opencode.abort = async () => {
    did.push("aborted");
    sessions.now.busy = false;
    const error = { name: "MessageAbortedError", data: {} };
    Object.assign(messages[1]!.info, { error, time: { created: 1, completed: Date.now() } });
  };
  await store.write((transaction) => wantAbort(transaction, "site"));
  await run();
  const { prompt } = opencode;
  opencode.prompt = async (...given) => {
    await prompt(...given);
    sessions.now.busy = true;
  };
  await run();
  t.match(await prompts.head("site"), { state: "running", abortAt: undefined });
  await run();
  t.same(did, ["posted mine", "aborted", "posted mine"], "its new turn is not aborted");
  messages.push(answerTo(mine.messageId, { text: "yours" }));
  sessions.now.busy = false;
  await run();
  await run();
  t.same(await queuedTexts(store), ["yours"], "nothing of it counts as not asked from here");
});

test("the wish to abort outlives a crash before, and does nothing after the abort was made", async (t) => {
  const before = await working(t, "two");
  await before.abort();
  await before.run();
  await before.run();
  t.same(before.did, ["posted one", "aborted"]);
  t.same(await queuedTexts(before.store), ["Turn stopped."]);

  const after = await working(t, "two");
  await after.now("two");
  await after.run();
  await after.abort();
  await after.opencode.abort("ses_1", "/srv");
  // Somebody has written in the terminal before Switchboard was started again.
  after.messages.push(prompted("msg_typed", "go on", Date.now()));
  after.messages.push(answerTo("msg_typed", { completed: false }));
  after.sessions.now.busy = true;
  await after.run();
  t.same(after.did, ["posted one", "posted two", "aborted"], "the later turn is left alone");
});

test("a turn of the terminal is aborted if it runs when that is wanted, a later one is not", async (t) => {
  const { run, did, sessions, messages, store, prompts, opencode } = await reconciling(t);
  await run();
  const abort = () => store.write((transaction) => wantAbort(transaction, "site"));
  t.same(await abort(), { kind: "no prompt" });
  await run();
  t.same(did, [], "nothing runs");
  t.match(await prompts.lane("site"), { abortAt: undefined });

  sessions.now.busy = true;
  await abort();
  messages.push(prompted("msg_1", "typed", Date.now() + 60_000));
  await run();
  t.same(did, [], "it began after that");
  messages[0]!.info.time.created = Date.now() - 1000;
  await abort();
  const { abort: given } = opencode;
  opencode.abort = async (...args) => {
    sessions.now.busy = false;
    return given(...args);
  };
  await run();
  await run();
  t.same(did, ["aborted"]);
});

test("an abort of a turn that opencode never began does not begin it again", async (t) => {
  const { run, did, sessions, messages, abort, store, states } = await working(t);
  messages.splice(1);
  sessions.now.busy = false;
  await abort();
  await run();
  t.same(did, ["posted one"]);
  t.same(await states(), ["failed"]);
  t.same(await queuedTexts(store), ["Turn stopped."]);
});

test("of a turn that opencode lost nothing is left out, and nothing counts as undone", async (t) => {
  const { run, did, now, messages, sessions, states, store, opencode, idOf } = await working(
    t,
    "two",
  );
  await now("two");
  await run();
  // The message of the first was lost with a server that was killed.
  messages.splice(0, 2);
  messages[0]!.info.time.created = Date.now() + 1000;
  sessions.now.busy = false;
  const { messageId } = await idOf("two");
  const { prompt } = opencode;
  opencode.prompt = async (...given) => {
    await prompt(...given);
    if (given[2].text === "two") messages.push(answerTo(messageId, { text: "both" }));
  };
  await run();
  t.same(did.slice(2), ["posted one", "posted two"]);
  t.same(await states(), ["done", "done"]);
  t.same(await queuedTexts(store), ["both"]);
});

test("a prompt to each of 30 agents at once arrives at each once", async (t) => {
  const { app, store, opencode } = await graph(t, { env: { DELIVERY: "api" } });
  const names = Array.from({ length: 30 }, (_, n) => `agent_${n}`);
  for (const name of names) {
    await store.write((transaction) => app.lifecycle.start(transaction, name));
  }
  await Promise.all(
    names.map((agent, n) =>
      store.write((transaction) => addPrompt(transaction, newPrompt(n + 1, { agent }))),
    ),
  );
  const reconcile = async (name: string) => {
    const agent = await app.agents.get(name);
    return app.reconciler.reconcile(agent!);
  };
  await Promise.all(names.map(reconcile));
  const posted = opencode.did.filter((one) => one.startsWith("posted"));
  t.equal(posted.length, 30);
  t.equal(new Set(posted).size, 30);
  const counts = await app.prompts.countsByAgent();
  t.same(new Set(names.map((name) => counts.get(name)?.running)), new Set([1]));
});
