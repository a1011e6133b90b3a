import { join } from "node:path";
import { test, type Test } from "tap";
import { atRest } from "../../sandbox/chat/rest.ts";
import type { Stage } from "../../sandbox/stage.ts";
import { addCard, recordAnswer, recordClosed } from "../../src/cards/card-table.ts";
import { addPrompt, endPrompt, takeBlocked } from "../../src/prompts/prompts.ts";
import type { Transaction } from "../../src/store/store.ts";
import { fileStore } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";

/** A store that a chat in a pipe looks at. */
async function stage(t: Test) {
  const DATA_DIR = t.testdir({});
  const store = await fileStore(join(DATA_DIR, "switchboard.sqlite"));
  t.teardown(() => store.close());
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const card = (id: string, agent = "site") => {
    const request = { id, sessionID: "ses_1", questions: [] };
    const decision = { kind: "question", id, request } as const;
    const about = { agent, conversation: "1000", operator: 1000, context: {}, decision };
    return write((transaction) => addCard(transaction, about));
  };
  const prompt = (id: number, agent = "site") =>
    write((transaction) => addPrompt(transaction, newPrompt(id, { agent })));
  const sent = () => write((transaction) => transaction.run("UPDATE outbox SET state = 'sent'"));
  /** What a line waits for now; `waits` when it does not end. */
  const rest = async () => {
    await sent();
    const signal = AbortSignal.timeout(250);
    return atRest({ env: { DATA_DIR } } as unknown as Stage, signal).catch(() => "waits");
  };
  return { write, card, prompt, rest };
}

test("a line rests when nothing is under way, and before a decision of the operator", async (t) => {
  const { card, prompt, rest } = await stage(t);
  t.equal(await rest(), "done");
  await prompt(1);
  t.equal(await rest(), "waits");
  await card("que_1");
  t.equal(await rest(), "waits", "its author is still to be told that a decision comes first");
});

test("a line waits for its answer while a card is open", async (t) => {
  const { write, card, prompt, rest } = await stage(t);
  await prompt(1);
  const asked = (await card("que_1"))!;
  await write((transaction) => takeBlocked(transaction, "site"));
  t.equal(await rest(), "undecided");

  await prompt(2, "other");
  t.equal(await rest(), "waits", "another agent is at work");
  await write((transaction) => endPrompt(transaction, 2, "done"));
  t.equal(await rest(), "undecided");

  await card("que_2");
  await write((transaction) => recordAnswer(transaction, asked, { kind: "dismissal" }));
  t.equal(await rest(), "waits", "a decision is still to be passed on");
  await write((transaction) => recordClosed(transaction, "que_1"));
  t.equal(await rest(), "undecided");
});
