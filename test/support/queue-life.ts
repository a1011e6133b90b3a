import { endLaneAbort, laneOf, moveLaneAborts, setHeld } from "../../src/prompts/lane.ts";
import { addPrompt, cancelPrompts, Prompts } from "../../src/prompts/prompts.ts";
import {
  continueAgent,
  dropPrompt,
  endAbort,
  hold,
  moveToFront,
  sendNow,
  wantAbort,
} from "../../src/prompts/queue.ts";
import { sessionsSince } from "../../src/prompts/sessions.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import { newPrompt } from "./prompts.ts";

/** What the wishes of an operator about the queue answer, with one prompt at work. */
export async function queueAnswers(store: Store): Promise<unknown[]> {
  const prompts = new Prompts(store);
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const { running, waiting } = await store.read((transaction) => laneOf(transaction, "site"));
  const next = waiting[0]!.id;
  const kinds = [
    await write((transaction) => moveToFront(transaction, next)),
    await write((transaction) => moveToFront(transaction, running[0]!.id)),
    await write((transaction) => sendNow(transaction, next)),
    await write((transaction) => wantAbort(transaction, "nobody")),
    await write((transaction) => wantAbort(transaction, "site")),
    await write((transaction) => wantAbort(transaction, "site", { turn: { prompt: next } })),
    await write((transaction) => dropPrompt(transaction, running[0]!.id)),
  ].map(({ kind }) => kind);
  await write((transaction) => hold(transaction, "site"));
  const held = await prompts.lane("site");
  await write((transaction) => continueAgent(transaction, "site"));
  await write((transaction) => endAbort(transaction, held.running[0]!));
  await write((transaction) => endLaneAbort(transaction, "nobody", { at: 1 }));
  const turn = { messageId: "msg_typed" };
  await write((transaction) => wantAbort(transaction, "lost", { turn, conversation: "-7" }));
  await write((transaction) => moveLaneAborts(transaction, "-7", "-100"));
  const lost = (await prompts.lane("lost")).abort;
  const ended = await write((transaction) => endLaneAbort(transaction, "lost", lost!));
  await write((transaction) => setHeld(transaction, "lost", "undecided"));
  const { isUndecided } = await prompts.lane("lost");
  const { isHeld } = await prompts.lane("site");
  const counts = (await prompts.countsByAgent()).get("site");
  const extra = newPrompt(50, { conversation: "-100:5" });
  await write((transaction) => addPrompt(transaction, extra));
  const lane = await store.read((transaction) => laneOf(transaction, "site"));
  const last = lane.waiting.at(-1)!.id;
  const tried = await prompts.attempt(lane.waiting.at(-1)!, { path: "api", sessionId: "ses_3" });
  await prompts.putBack(last);
  const dropped = await write((transaction) => dropPrompt(transaction, last));
  const cancelled = await write((transaction) => cancelPrompts(transaction, "nobody"));
  return [
    ...kinds,
    [lost?.messageId, lost?.conversation, ended, isUndecided],
    held.isHeld,
    isHeld,
    (await prompts.lane("site")).running.map(({ abortAt }) => abortAt),
    (await prompts.lane("site")).waiting.map(({ text }) => text),
    [counts?.running, counts?.waiting, typeof counts?.since],
    [dropped.kind, cancelled, tried, lane.waiting.at(-1)?.kind],
    await store.read((transaction) => sessionsSince(transaction, 1)),
  ];
}
