import { test } from "tap";
import {
  addPrompt,
  endPrompt,
  markReplied,
  Prompts,
  takeBlocked,
} from "../../src/prompts/prompts.ts";
import { memoryStore, outboxRows } from "../support/memory.ts";
import { startWith } from "../support/session.ts";
import { newPrompt } from "../support/prompts.ts";

test("a prompt goes its way through the states, and no state is left twice", async (t) => {
  const store = await memoryStore(t);
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  await store.write(async (transaction) => {
    await addPrompt(transaction, newPrompt(1));
    await addPrompt(transaction, newPrompt(2));
    await addPrompt(transaction, newPrompt(1, { text: "the same update again" }));
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
  await prompts.attempt(first, { path: "tmux", sessionId: "ses_1", afterMessageId: "msg_0" });
  t.match(await prompts.head("site"), {
    state: "delivering",
    path: "tmux",
    attempts: 1,
    afterMessageId: "msg_0",
  });
  await prompts.attempt(first, { path: "api", sessionId: "ses_1" });
  const again = await prompts.head("site");
  t.match(again, { path: "api", attempts: 2, sessionId: "ses_1" });
  t.equal(again?.afterMessageId, undefined);
  await store.write((transaction) => markReplied(transaction, first.id, "said"));
  await prompts.delivered(first.id, "msg_found");
  t.match(await prompts.head("site"), {
    state: "running",
    messageId: "msg_found",
    replied: true,
    lastReply: { text: "said" },
  });
  await prompts.attempt(first, { path: "api", sessionId: "ses_1" });
  t.match(await prompts.head("site"), { state: "running", attempts: 2 });
  const end = () => store.write((transaction) => endPrompt(transaction, first.id, "done"));
  t.match(await end(), { replied: true });
  t.equal(await end(), undefined);
  t.match(await prompts.head("site"), { text: "text 2", replied: false });
  t.same(await prompts.counts("site"), { running: 0, waiting: 1 });
  const next = (await prompts.head("site"))!;
  t.notOk(await prompts.attempt(next, { path: "api", sessionId: "ses_0" }), "an old session");
  t.match(await prompts.head("site"), { state: "queued", attempts: 0 });

  const blocked = () => store.write((transaction) => takeBlocked(transaction, "site"));
  t.match([await blocked(), await blocked()], [[{ text: "text 2" }], []], "each is told once");
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
