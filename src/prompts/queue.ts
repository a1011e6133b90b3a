import type { Transaction } from "../store/store.ts";
import { laneOf, setHeld, setLaneAbort } from "./lane.ts";
import { type Prompt, type PromptRow, toPrompt } from "./prompt.ts";
import { endPrompt } from "./prompts.ts";
import { atWork, notBegun } from "./states.ts";

// What an operator wants of the prompts that wait and of the turn that runs. Each is only recorded, in the
// transaction of the caller; the agent's loop does the rest, also after a crash.

/** The signal that something was wanted of an agent's prompts; its subject is the agent's name. */
export const queueSignal = "queue";

/** What became of a wish about one prompt. */
export type QueueOutcome =
  /** The prompt as it is now. */
  | { kind: "done"; prompt: Prompt }
  /** It was on its way to opencode, or had ended; nothing was changed. Undefined: not kept any more. */
  | { kind: "too late"; prompt: Prompt | undefined };

/** What becomes of a prompt that was sent now. */
export type SendNowOutcome =
  /** It goes into the turn that runs, as soon as nothing waits for a decision. */
  | { kind: "now"; prompt: Prompt }
  /** No prompt runs, or one that this may not join, as one of another conversation: it is the next one. */
  | { kind: "next"; prompt: Prompt }
  /** It is the next one once the agent continues. */
  | { kind: "held"; prompt: Prompt }
  | Extract<QueueOutcome, { kind: "too late" }>;

/** What becomes of a wish to abort. */
export type AbortOutcome =
  /** The turn of these prompts is aborted; what opencode had not begun on is answered afterwards. */
  | { kind: "aborting"; prompts: Prompt[] }
  /** No prompt runs. A turn that somebody began elsewhere is aborted if it runs now. */
  | { kind: "no prompt" };

/** Drops a prompt that waits; its message shows that it was cancelled. */
export async function dropPrompt(transaction: Transaction, id: number): Promise<QueueOutcome> {
  // From here on nothing else changes the row.
  const row = await transaction.get<PromptRow>(
    `UPDATE prompts SET sent_now = 0 WHERE id = ? AND ${notBegun} RETURNING *`,
    id,
  );
  const dropped = row && (await endPrompt(transaction, id, "cancelled"));
  if (!dropped) return { kind: "too late", prompt: await promptOf(transaction, id) };
  transaction.notify(queueSignal, dropped.agent);
  return { kind: "done", prompt: dropped };
}

/** Moves a prompt that waits before all others that wait; the last one that was moved is the first. */
export async function moveToFront(transaction: Transaction, id: number): Promise<QueueOutcome> {
  const prompt = await toFront(transaction, id, false);
  if (!prompt) return { kind: "too late", prompt: await promptOf(transaction, id) };
  return { kind: "done", prompt };
}

/**
 * Sends a prompt that waits into the turn that runs; opencode merges it. While something waits for a
 * decision it is not delivered.
 */
export async function sendNow(transaction: Transaction, id: number): Promise<SendNowOutcome> {
  const prompt = await toFront(transaction, id, true);
  if (!prompt) return { kind: "too late", prompt: await promptOf(transaction, id) };
  const { running, isHeld } = await laneOf(transaction, prompt.agent);
  if (isHeld) return { kind: "held", prompt };
  return { kind: running.length > 0 && mayJoin(prompt, running) ? "now" : "next", prompt };
}

/**
 * Whether a prompt may be merged into the turn of these. The turn's answers go to one conversation, and what
 * is meant for one never reaches another. A command takes its own turn, and one of the shell takes nothing in.
 */
export function mayJoin(prompt: Prompt, running: Prompt[]): boolean {
  if (prompt.kind !== "text") return false;
  return running.every(
    ({ kind, conversation, state, abortAt }) =>
      kind !== "shell" &&
      conversation === prompt.conversation &&
      state === "running" &&
      abortAt === undefined,
  );
}

/** Aborts the turn of an agent that runs now, and no later one. The prompts that wait go on. */
export async function wantAbort(transaction: Transaction, agent: string): Promise<AbortOutcome> {
  const now = Date.now();
  const rows = await transaction.all<PromptRow>(
    `UPDATE prompts SET abort_at = ? WHERE agent = ? AND ${atWork} RETURNING *`,
    now,
    agent,
  );
  if (rows.length === 0) await setLaneAbort(transaction, agent, now);
  transaction.notify(queueSignal, agent);
  if (rows.length === 0) return { kind: "no prompt" };
  return { kind: "aborting", prompts: (await laneOf(transaction, agent)).running };
}

/** A wish to abort was dealt with, and the prompt goes on: opencode had not begun on it. */
export async function endAbort(
  transaction: Transaction,
  { id, abortAt }: Pick<Prompt, "id" | "abortAt">,
): Promise<void> {
  if (abortAt === undefined) return;
  await transaction.run(
    "UPDATE prompts SET abort_at = NULL WHERE id = ? AND abort_at = ?",
    id,
    abortAt,
  );
}

/** Delivers nothing to an agent until it continues; its running turn goes on. */
export async function hold(transaction: Transaction, agent: string): Promise<void> {
  await setHeld(transaction, agent, true);
  transaction.notify(queueSignal, agent);
}

/** Lets an agent that is held continue. */
export async function continueAgent(transaction: Transaction, agent: string): Promise<void> {
  await setHeld(transaction, agent, false);
  transaction.notify(queueSignal, agent);
}

async function toFront(
  transaction: Transaction,
  id: number,
  isSentNow: boolean,
): Promise<Prompt | undefined> {
  const row = await transaction.get<PromptRow>(
    `UPDATE prompts SET sent_now = CASE WHEN ? = 1 THEN 1 ELSE sent_now END,
       position = (SELECT min(other.position) - 1 FROM prompts AS other
         WHERE other.agent = prompts.agent AND ${notBegun})
     WHERE id = ? AND ${notBegun} RETURNING *`,
    isSentNow ? 1 : 0,
    id,
  );
  if (!row) return undefined;
  transaction.notify(queueSignal, row.agent);
  return toPrompt(row);
}

/** A prompt by its id; undefined when it is not kept any more. */
export async function promptOf(transaction: Transaction, id: number): Promise<Prompt | undefined> {
  const row = await transaction.get<PromptRow>("SELECT * FROM prompts WHERE id = ?", id);
  return row && toPrompt(row);
}
