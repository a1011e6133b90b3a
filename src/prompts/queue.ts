import type { Transaction } from "../store/store.ts";
import { laneOf, setHeld, setLaneAbort } from "./lane.ts";
import { type Prompt, type PromptRow, toPrompt } from "./prompt.ts";
import { endPrompt } from "./prompts.ts";
import { atWork, notBegun } from "./states.ts";

// What an operator wants of the prompts that wait and of the turn that runs. Each is only recorded, in the
// transaction of the caller; the agent's loop does the rest, also after a crash.

/** The signal that something was wanted of an agent's prompts; its subject is the agent's name. */
export const queueSignal = "queue";

/** The signal that an agent's turn is to be aborted; its subject is the agent's name. */
export const abortSignal = "abort";

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

/** The turn that a button to abort was shown for: by one of its prompts, or by its opencode message. */
export type ShownTurn = { prompt: number } | { messageId: string };

/** What a wish to abort is about. */
export interface AbortOptions {
  /** The one turn that is meant; the one that runs now when undefined. */
  turn?: ShownTurn | undefined;
  /** Key of the conversation that is told when a turn that no prompt began was stopped. */
  conversation?: string | undefined;
}

/** What becomes of a wish to abort. */
export type AbortOutcome =
  /** The turn of these prompts is aborted; what opencode had not begun on is answered afterwards. */
  | { kind: "aborting"; prompts: Prompt[] }
  /** No prompt runs. A turn that somebody began elsewhere is aborted if it runs now. */
  | { kind: "no prompt" }
  /** That turn does not run any more; nothing was changed. */
  | { kind: "over" };

/** Drops a prompt that waits; its message shows that it was cancelled. */
export async function dropPrompt(transaction: Transaction, id: number): Promise<QueueOutcome> {
  // From here on nothing else changes the row.
  const row = await transaction.get<PromptRow>(
    `UPDATE prompts SET sent_now = 0 WHERE id = ? AND ${notBegun} RETURNING *`,
    id,
  );
  const dropped = row && (await endPrompt(transaction, id, "cancelled"));
  if (!dropped) return { kind: "too late", prompt: await promptOf(transaction, id) };
  const { isUndecided, waiting } = await laneOf(transaction, dropped.agent, 1);
  // Nothing is left to choose about.
  if (isUndecided && waiting.length === 0) await setHeld(transaction, dropped.agent, "not");
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

/**
 * Aborts a turn of an agent, and no later one, once the transaction is committed; after a crash or an outage
 * of opencode as soon as it can be. Wanting it twice is wanting it once. What waits is held then until an
 * operator says that it goes on.
 */
export async function wantAbort(
  transaction: Transaction,
  agent: string,
  { turn, conversation }: AbortOptions = {},
): Promise<AbortOutcome> {
  const { running } = await laneOf(transaction, agent, 0);
  if (turn && !isShown(turn, running)) return { kind: "over" };
  const now = Date.now();
  await transaction.run(
    `UPDATE prompts SET abort_at = ? WHERE agent = ? AND abort_at IS NULL AND ${atWork}`,
    now,
    agent,
  );
  if (running.length === 0) {
    const messageId = turn && "messageId" in turn ? turn.messageId : undefined;
    await setLaneAbort(transaction, agent, { at: now, messageId, conversation });
  }
  transaction.notify(abortSignal, agent);
  transaction.notify(queueSignal, agent);
  if (running.length === 0) return { kind: "no prompt" };
  return { kind: "aborting", prompts: (await laneOf(transaction, agent, 0)).running };
}

/** Whether a turn may be the one that runs, which is that of `running`, or of no prompt. */
function isShown(turn: ShownTurn, running: Prompt[]): boolean {
  if ("prompt" in turn) return running.some(({ id }) => id === turn.prompt);
  return running.length === 0 || running.some(({ messageId }) => messageId === turn.messageId);
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
  await setHeld(transaction, agent, "held");
  transaction.notify(queueSignal, agent);
}

/** Lets an agent that is held continue. */
export async function continueAgent(transaction: Transaction, agent: string): Promise<void> {
  await setHeld(transaction, agent, "not");
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
