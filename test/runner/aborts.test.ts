import { test } from "tap";
import { continueAgent, sendNow, wantAbort } from "../../src/prompts/queue.ts";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import { endShell } from "../../src/turns/shell-answer.ts";
import { memoryStore, queuedTexts } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { reconciling } from "../support/reconciling.ts";
import { prompted, startWith } from "../support/session.ts";
import { answerTo, working } from "../support/working.ts";

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
  const again = "1 message that joined it is delivered again.";
  const choice = "1 message waits: Continue delivers it, Hold keeps it back.";
  t.same(await queuedTexts(store), [`Turn stopped. ${again} ${choice}`, "two is answered"]);
  t.same(await states(), ["failed", "done", "queued"]);
  await run();
  t.same(did.slice(4), [], "what waits is held until an operator chooses");
  await store.write((transaction) => continueAgent(transaction, "site"));
  await run();
  t.same(did.slice(4), ["posted three"]);
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
  t.match(await queuedTexts(store), ["Turn stopped.", /did not start/]);
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
  const before = await working(t);
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

test("opencode's last words after an abort count as stopped, and so does its restart", async (t) => {
  const late = await working(t, "two");
  const { abort: end } = late.opencode;
  late.opencode.abort = async (...given) => {
    await end(...given);
    // A subagent was cancelled, and the model was asked once more.
    late.messages[1] = answerTo(late.lead.messageId, { text: "the task was cancelled" });
  };
  await late.abort();
  await late.run();
  await late.run();
  t.match(await queuedTexts(late.store), [/^the task was cancelled\n\nTurn stopped\. 1 message/]);

  const cut = await working(t);
  await cut.abort();
  cut.sessions.now.busy = false;
  await cut.run();
  t.same(cut.did, ["posted one"], "it does not run any more");
  t.same(await queuedTexts(cut.store), ["Turn stopped."]);
});

test("what ends by itself before it can be stopped has ended, and nothing is held", async (t) => {
  const { run, did, abort, messages, lead, sessions, store } = await working(t, "two");
  await abort();
  messages[1] = answerTo(lead.messageId, { text: "done" });
  sessions.now.busy = false;
  await run();
  await run();
  t.same(did, ["posted one", "posted two"]);
  t.same(await queuedTexts(store), ["done"]);
});

test("after a command of the shell that was stopped, what waits is held as well", async (t) => {
  const store = await memoryStore(t);
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  for (const [id, kind] of [
    [1, "shell"],
    [2, "text"],
  ] as const) {
    await store.write((transaction) => addPrompt(transaction, newPrompt(id, { kind })));
  }
  const first = (await prompts.head("site"))!;
  await prompts.attempt(first, { path: "api", sessionId: "ses_1" });
  await store.write((transaction) => wantAbort(transaction, "site"));
  const answer = { head: "“sleep” was stopped.", shown: "", document: undefined };
  const end = { kind: "stopped", text: "" } as const;
  await store.write((transaction) => endShell(transaction, first, end, answer));
  t.match(await queuedTexts(store), [answer.head, /^Turn stopped\. 1 message waits/]);
  t.match(await prompts.lane("site"), { isUndecided: true });
});
