import { test, type Test } from "tap";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { wantAbort } from "../../src/prompts/queue.ts";
import { Stopper } from "../../src/turns/stopper.ts";
import { keptLog } from "../support/app.ts";
import { queuedTexts, signal } from "../support/memory.ts";
import { prompted } from "../support/session.ts";
import { answerTo, working } from "../support/working.ts";

/** Agent `site` in a turn, and what stops that beside its loop. */
async function stopping(t: Test, ...others: string[]) {
  const site = await working(t, ...others);
  const { app, store, agents, prompts } = site;
  const { turnEnds, activity } = app;
  const needs = { store, agents, prompts, turnEnds, activity, log: keptLog().log };
  const stopper = new Stopper({ ...needs, tellAfterMs: 30, arrivesWithinMs: 500 });
  return { ...site, stopper };
}

test("a turn is stopped while the agent's loop waits for something else", async (t) => {
  const { stopper, run, did, now, idOf, abort, opencode, store, sessions } = await stopping(
    t,
    "two",
  );
  await now("two");
  const [posted, mayGoOn] = [signal(), signal()];
  const { prompt } = opencode;
  opencode.prompt = async (...given) => {
    await prompt(...given);
    posted.resolve();
    await mayGoOn.promise;
  };
  const loop = run();
  await posted.promise;
  await abort();
  t.equal(await stopper.end("site"), "stopped");
  t.same(did, ["posted one", "posted two", "aborted"]);
  mayGoOn.resolve();
  await loop;
  opencode.prompt = prompt;
  t.match(await idOf("two"), { state: "running" });
  t.notOk(sessions.now.busy);
  await run();
  t.same(did.slice(2), ["aborted", "posted two"], "it had not begun, so it is delivered again");
  t.match(await queuedTexts(store), [/^Turn stopped\. 1 message that joined it/, /did not start/]);
});

test("nothing is delivered while an abort is under way", async (t) => {
  const { stopper, run, did, abort, opencode, messages, sessions } = await stopping(t);
  const [asked, mayGoOn] = [signal(), signal()];
  const { abort: end } = opencode;
  opencode.abort = async (...given) => {
    asked.resolve();
    await mayGoOn.promise;
    return end(...given);
  };
  await abort();
  const stopped = stopper.end("site");
  await asked.promise;
  const loop = run();
  // The turn ends by itself: only the abort that is under way keeps the next one back.
  Object.assign(messages.at(-1)!, answerTo(messages[0]!.info.id, { text: "done" }));
  sessions.now.busy = false;
  const first = await Promise.race([
    loop.then(() => "loop"),
    new Promise((go) => setImmediate(go)),
  ]);
  t.not(first, "loop");
  mayGoOn.resolve();
  t.equal(await stopped, "stopped");
  await loop;
  t.same(did, ["posted one", "aborted"]);
});

test("a turn that is over by then is left alone, and so is the next one", async (t) => {
  const { stopper, did, abort, messages, lead, store, sessions } = await stopping(t);
  await abort();
  messages[1] = answerTo(lead.messageId, { text: "done" });
  messages.push(prompted("msg_typed", "typed", 1), answerTo("msg_typed", { completed: false }));
  sessions.now.busy = false;
  t.equal(await stopper.end("site"), "over");
  t.same(did, ["posted one"]);
  t.same(await queuedTexts(store), []);
});

test("where the store fails, that a turn is stopped later is told at the next press", async (t) => {
  const { stopper, abort, opencode, store } = await stopping(t);
  opencode.abort = () => Promise.reject(new OpencodeUnreachable("POST /abort"));
  await abort();
  const full = t.intercept(store, "write", {
    value: () => Promise.reject(new Error("database or disk is full")),
  });
  await stopper.end("site");
  full.restore();
  t.same(await queuedTexts(store), []);
  await stopper.end("site");
  await stopper.end("site");
  t.match(await queuedTexts(store), [/^opencode is not responding\./]);
  t.equal((await queuedTexts(store)).length, 1);
});

test("when opencode does not answer, that is told, and the loop stops the turn later", async (t) => {
  const { stopper, run, did, abort, opencode, store } = await stopping(t);
  const { abort: end } = opencode;
  opencode.abort = async () => {
    throw new OpencodeUnreachable("POST /abort");
  };
  await abort();
  t.equal(await stopper.end("site"), "unknown");
  await abort();
  t.equal(await stopper.end("site"), "unknown", "which is told once");
  const later =
    /^opencode is not responding\. The turn of site will be stopped as soon as it does\.$/;
  t.match(await queuedTexts(store), [later]);
  opencode.abort = end;
  await run();
  await run();
  t.same(did, ["posted one", "aborted"]);
  t.match(await queuedTexts(store), [later, "Turn stopped."]);
});

test("one that hangs is told as well, and its outcome is waited for", async (t) => {
  const { stopper, abort, opencode, store } = await stopping(t);
  const mayGoOn = signal();
  const { abort: end } = opencode;
  opencode.abort = async (...given) => {
    await mayGoOn.promise;
    return end(...given);
  };
  await abort();
  const stopped = stopper.end("site");
  const told = signal();
  store.on("outbox", () => told.resolve());
  await told.promise;
  t.match(await queuedTexts(store), [/^opencode is not responding/]);
  mayGoOn.resolve();
  t.equal(await stopped, "stopped");
});

test("a turn that no prompt began is stopped, which is told where that was wanted", async (t) => {
  const { stopper, run, did, messages, lead, store, sessions } = await stopping(t);
  messages[1] = answerTo(lead.messageId, { text: "done" });
  sessions.now.busy = false;
  await run();
  messages.push(prompted("msg_typed", "typed", 1), answerTo("msg_typed", { completed: false }));
  sessions.now.busy = true;
  const want = (messageId: string) =>
    store.write((transaction) =>
      wantAbort(transaction, "site", { turn: { messageId }, conversation: "1000" }),
    );
  await want("msg_before");
  t.equal(await stopper.end("site"), "pending", "another turn runs");
  t.same(did, ["posted one"]);
  await want("msg_typed");
  t.equal(await stopper.end("site"), "stopped");
  t.same(await queuedTexts(store), ["done", "Turn stopped."]);
  t.equal(await stopper.end("site"), "over", "the wish is dealt with");
});

test("it acts on the wish, and ends its work before the store closes", async (t) => {
  const { stopper, did, abort, opencode } = await stopping(t);
  const [asked, mayGoOn] = [signal(), signal()];
  const { abort: end } = opencode;
  opencode.abort = async (...given) => {
    asked.resolve();
    await mayGoOn.promise;
    return end(...given);
  };
  stopper.start();
  await abort();
  await asked.promise;
  let hasStopped = false;
  const stopped = stopper.stop().then(() => (hasStopped = true));
  await new Promise((go) => setImmediate(go));
  t.notOk(hasStopped);
  mayGoOn.resolve();
  await stopped;
  t.same(did, ["posted one", "aborted"]);
});
