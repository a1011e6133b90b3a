import { test } from "tap";
import type { Prompt } from "../../src/prompts/prompt.ts";
import { addPrompt, endPrompt, markReplied, Prompts } from "../../src/prompts/prompts.ts";
import { messagesAfter } from "../../src/opencode/messages.ts";
import { findPrompt, isTypeable } from "../../src/delivery/tmux-path.ts";
import { memoryStore, outboxRows } from "../support/memory.ts";
import { answer, prompted, startWith } from "../support/session.ts";
import { newPrompt } from "../support/prompts.ts";

test("a prompt goes its way through the states, and no state is left twice", async (t) => {
  const store = memoryStore(t);
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  await store.write((transaction) => {
    addPrompt(transaction, newPrompt(1));
    addPrompt(transaction, newPrompt(2));
    addPrompt(transaction, newPrompt(1, { text: "the same update again" }));
  });
  const first = (await prompts.head("site"))!;
  t.match(first, {
    text: "text 1",
    state: "queued",
    attempts: 0,
    messageId: /^msg_/,
    partId: /^prt_/,
  });
  await prompts.delivered(first.id, "msg_too_early");
  t.match(await prompts.head("site"), { state: "queued", messageId: first.messageId });
  await prompts.attempt(first.id, { path: "tmux", sessionId: "ses_1", afterMessageId: "msg_0" });
  t.match(await prompts.head("site"), {
    state: "delivering",
    path: "tmux",
    attempts: 1,
    afterMessageId: "msg_0",
  });
  await prompts.attempt(first.id, { path: "api", sessionId: "ses_1" });
  const again = await prompts.head("site");
  t.match(again, { path: "api", attempts: 2, sessionId: "ses_1" });
  t.equal(again?.afterMessageId, undefined);
  const speaks = (began: number) =>
    store.write((transaction) => markReplied(transaction, "site", began));
  await speaks((again?.attemptedAt ?? 0) - 1);
  t.match(await prompts.head("site"), { replied: false }, "a program of an earlier turn");
  await speaks(Date.now());
  await prompts.delivered(first.id, "msg_found");
  t.match(await prompts.head("site"), { state: "running", messageId: "msg_found", replied: true });
  await prompts.attempt(first.id, { path: "api", sessionId: "ses_1" });
  t.match(await prompts.head("site"), { state: "running", attempts: 2 });
  const end = () => store.write((transaction) => endPrompt(transaction, first.id, "done"));
  t.match(await end(), { replied: true });
  t.equal(await end(), undefined);
  t.match(await prompts.head("site"), { text: "text 2", replied: false });
  t.equal(await prompts.open("site"), 1);
  const next = (await prompts.head("site"))!;
  t.notOk(await prompts.attempt(next.id, { path: "api", sessionId: "ses_0" }), "an old session");
  t.match(await prompts.head("site"), { state: "queued", attempts: 0 });

  const told: string[] = [];
  const tell = () => prompts.tellToWait("site", (_, { text }) => void told.push(text));
  t.same([await tell(), await tell()], [true, false]);
  t.same(told, ["text 2"]);
  const reactions = (await outboxRows(store)).filter(
    ({ method }) => method === "setMessageReaction",
  );
  t.match(
    reactions.map(({ payload }) => [
      payload["message_id"],
      (payload["reaction"] as { emoji: string }[])[0]?.emoji,
    ]),
    [
      [2, "👀"],
      [1, "👍"],
    ],
    "of reactions that were not sent yet, only the newest of a message is owed",
  );
});

test("only text the TUI takes as it is is typed", async (t) => {
  for (const text of ["hello", "two\nlines", "üñí 🙂", "a /b", "x".repeat(100_000)])
    t.ok(isTypeable(text));
  for (const text of [
    "/model x",
    "!ls",
    "  /x",
    "\n!ls",
    "bell\u0007",
    "esc\u001b[201~",
    "x".repeat(100_001),
  ]) {
    t.notOk(isTypeable(text), JSON.stringify(text));
  }
});

test("a typed prompt is recognised by its text, only after the attempt began", async (t) => {
  const messages = [
    prompted("m1", "same"),
    answer({ text: "same" }),
    prompted("m2", " same\n"),
    prompted("m3", "same"),
  ];
  const prompt = { text: "same", isSubmitted: false } as Prompt;
  const client = { messages: async (_: string, limit: number) => messages.slice(-limit) };
  const foundAfter = async (id: string | undefined) =>
    findPrompt(await messagesAfter(client, "ses_1", id), prompt)?.info.id;
  t.equal(await foundAfter("m1"), "m2");
  t.equal(await foundAfter("m3"), undefined);
  t.equal(await foundAfter(undefined), "m1");
  t.equal(findPrompt(messages, { ...prompt, text: "other" }), undefined);
});
