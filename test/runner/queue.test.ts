import { test } from "tap";
import type { Decision } from "../../src/opencode/session-reader.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { continueAgent, hold, moveToFront, sendNow } from "../../src/prompts/queue.ts";
import { graph } from "../support/graph.ts";
import { queuedTexts } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { reconciling } from "../support/reconciling.ts";
import { prompted } from "../support/session.ts";
import { answerTo, working } from "../support/working.ts";

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
