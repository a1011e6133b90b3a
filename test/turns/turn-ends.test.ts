import { test } from "tap";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { reconciling } from "../support/reconciling.ts";
import { answerTo } from "../support/working.ts";
import { queuedTexts } from "../support/memory.ts";
import { answer, prompted } from "../support/session.ts";

test("the last words of a turn are sent as soon as it ends", async (t) => {
  const { write, run, messages, store } = await reconciling(t);
  await write("x");
  await run();
  messages.push(answer({ text: "the end" }));
  await run();
  t.same(await queuedTexts(store), ["the end"]);
});

test("a post that opencode swallowed is repeated later, under the same ids", async (t) => {
  const { write, run, did, opencode, states, messages, prompts } = await reconciling(t);
  const { prompt } = opencode;
  opencode.prompt = async () => void did.push("swallowed");
  await write("x");
  await t.rejects(run(), OpencodeUnreachable);
  t.same(await states(), ["delivering"]);
  opencode.prompt = prompt;
  await run();
  t.same(did, ["swallowed", "posted x"]);
  t.match(messages, [{ info: { id: (await prompts.head("site"))?.messageId } }]);
});

test("a prompt that opencode has and rests on is posted once more, then given up with a notice", async (t) => {
  const { write, run, did, store, states } = await reconciling(t);
  await write("x");
  await run();
  await run();
  t.same(did, ["posted x", "posted x"]);
  t.same(await states(), ["failed"]);
  t.match(await queuedTexts(store), [/opencode did not start this turn/]);

  const heals = await reconciling(t);
  await heals.write("x");
  await heals.run();
  const { prompt } = heals.opencode;
  heals.opencode.prompt = async (...given) => {
    await prompt(...given);
    heals.messages.push(answer({ text: "healed" }));
  };
  await heals.run();
  t.same(await heals.states(), ["done"]);
  t.same(await queuedTexts(heals.store), ["healed"]);
});

test("a prompt that was undone in the terminal is not run again", async (t) => {
  const { write, run, messages, did, states, store } = await reconciling(t);
  await write("x");
  await run();
  messages.splice(0, 1, prompted("msg_zzz", "something else", Date.now() + 1000));
  await run();
  t.same(did, ["posted x"]);
  t.same(await states(), ["failed"]);
  t.same(await queuedTexts(store), ["Turn stopped."]);
});

test("a prompt that opencode lost is posted again, whatever came before it", async (t) => {
  const { write, run, messages, did, states } = await reconciling(t);
  await write("x");
  await run();
  messages.splice(0, 1, prompted("msg_zzz", "an earlier one", Date.now() - 60_000));
  await run();
  t.same(did, ["posted x", "posted x"]);
  t.not((await states())[0], "queued");
});

test("a turn cut off by a restart of opencode is told, and the next prompt goes on", async (t) => {
  const { write, run, messages, store, states } = await reconciling(t);
  await write("one");
  await run();
  messages.push(answer({ text: "half", completed: false }));
  await run();
  t.same(await states(), ["failed"]);
  t.match(await queuedTexts(store), [/opencode was restarted in the middle of this turn/]);
});

test("an end that is seen twice acts once, and the late end of an aborted turn is no newer one's", async (t) => {
  const { write, run, sessions, messages, states, store } = await reconciling(t);
  await write("first");
  await run();
  await write("second");
  messages.push(answer({ text: "half", error: "MessageAbortedError" }));
  await run();
  t.same(await states(), ["failed", "queued"]);
  await run();
  t.same(await states(), ["failed", "running"]);
  sessions.now.busy = true;
  for (let late = 0; late < 3; late += 1) await run();
  t.same(await states(), ["failed", "running"], "what ended was the turn before");
  t.same(await queuedTexts(store), ["half\n\nTurn stopped."]);

  sessions.now.busy = false;
  messages.push(answer({ text: "the end" }));
  await run();
  await run();
  await run();
  t.same(await states(), ["failed", "done"]);
  t.same(await queuedTexts(store), ["half\n\nTurn stopped.", "the end"]);
});

test("what a turn that has just ended said is sent without another look at the session", async (t) => {
  const { app, write, run, opencode, sessions, messages, states, store } = await reconciling(t);
  await write("x");
  await run();
  const { messages: list } = opencode;
  const did: string[] = [];
  opencode.messages = async (session, limit) => {
    did.push("read messages");
    return list(session, limit);
  };
  const { readSession } = sessions;
  sessions.readSession = async () => {
    did.push("looked at the session");
    return readSession();
  };
  messages.push(answer({ text: "the end" }));
  app.activity.rested("ses_1");
  await run();
  t.same(did, ["read messages"]);
  t.same(await states(), ["done"]);
  t.same(await queuedTexts(store), ["the end"]);
});

test("a turn that was heard to its usual end is not read at all", async (t) => {
  const { app, write, run, opencode, sessions, messages, states, store, prompts } =
    await reconciling(t);
  const { messages: list } = opencode;
  const read: unknown[] = [];
  opencode.messages = async (session, limit) => {
    read.push(limit);
    return list(session, limit);
  };
  const end = async (how: Parameters<typeof answer>[0], heard: "whole" | "without its prompt") => {
    messages.push(answerTo((await prompts.head("site"))?.messageId ?? "", how));
    sessions.heard = heard === "whole" ? [...messages] : messages.slice(-1);
    app.activity.rested("ses_1");
    read.length = 0;
    await run();
  };
  await write("x");
  await run();
  await end({ text: "the end" }, "whole");
  t.same(read, []);
  t.same(await states(), ["done"]);
  t.same(await queuedTexts(store), ["the end"]);

  await write("y");
  await run();
  await end({ error: "APIError" }, "whole");
  t.not(read.length, 0, "a failure is read");
  await write("z");
  await run();
  await end({ text: "another end" }, "without its prompt");
  t.not(read.length, 0);
  t.same(await states(), ["done", "failed", "done"]);
});

test("messages that show no end yet are read again, once the session was looked at", async (t) => {
  const { app, write, run, opencode, messages, sessions, states, store } = await reconciling(t);
  await write("x");
  await run();
  messages.push(answer({ text: "half", completed: false }));
  const { readSession } = sessions;
  sessions.readSession = async () => {
    // The rest of it comes while it is asked whether the session rests.
    if (messages.length === 2) messages.splice(1, 1, answer({ text: "the end" }));
    return readSession();
  };
  app.activity.rested("ses_1");
  await run();
  t.same(await queuedTexts(store), ["the end"]);
  t.same(await states(), ["done"]);

  await write("y");
  await run();
  // So many steps push the prompt out of the newest messages.
  for (let step = 0; step < 40; step += 1) messages.push(answer({ finish: "tool-calls" }));
  messages.push(answer({ text: "after 40 steps" }));
  app.activity.rested("ses_1");
  await run();
  t.same(await queuedTexts(store), ["the end", "after 40 steps"]);

  await write("z");
  await run();
  messages.push(answer({ text: "read later" }));
  const { messages: list } = opencode;
  let faults = 0;
  opencode.messages = async (...given) => {
    faults += 1;
    if (faults === 1) throw new OpencodeUnreachable("GET /message");
    return list(...given);
  };
  app.activity.rested("ses_1");
  await run();
  t.same(await queuedTexts(store), ["the end", "after 40 steps", "read later"]);
});

test("a session that works again while its messages are read ends nothing yet", async (t) => {
  const { app, write, run, opencode, sessions, messages, states, store } = await reconciling(t);
  await write("x");
  await run();
  messages.push(answer({ text: "the end" }));
  app.activity.rested("ses_1");
  const { messages: list } = opencode;
  opencode.messages = async (...given) => {
    app.activity.began("ses_1");
    return list(...given);
  };
  sessions.now.busy = true;
  await run();
  t.same(await states(), ["running"]);
  sessions.now.busy = false;
  await run();
  await run();
  t.same(await queuedTexts(store), ["the end"]);
});
