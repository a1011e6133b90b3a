import type { Transaction } from "../store/store.ts";
import { type Prompt, type PromptRow, toPrompt } from "./prompt.ts";
import { atWork, notBegun } from "./states.ts";

/** The prompts of one agent, and what is wanted of their delivery. */
export interface Lane {
  /** Those that opencode is given or has; several where some were sent into the running turn. */
  running: Prompt[];
  /** Those that wait, the next one first. */
  waiting: Prompt[];
  /** Nothing is delivered until an operator lets it continue. */
  isHeld: boolean;
  /** It is held since its turn was stopped, and no operator has said yet what becomes of what waits. */
  isUndecided: boolean;
  /** That an operator wants a turn aborted that no prompt began. */
  abort: LaneAbort | undefined;
}

/** The wish to abort a turn that no prompt began. */
export interface LaneAbort {
  /** When it was wanted; milliseconds since the epoch. */
  at: number;
  /** The opencode message that the turn answers; whatever turn runs at that time when undefined. */
  messageId: string | undefined;
  /** Key of the conversation that is told when it was stopped; nobody is when undefined. */
  conversation: string | undefined;
}

// More than any agent has.
const everything = 1_000_000_000;

interface LaneRow {
  held: number;
  abort_at: number | null;
  abort_turn: string | null;
  abort_conversation: string | null;
}

// How an agent is held: the column `held`.
const holds = { not: 0, held: 1, undecided: 2 };

/** What runs and what waits for an agent, in order; of what waits at most the first `mostWaiting`. */
export async function laneOf(
  transaction: Transaction,
  agent: string,
  mostWaiting = everything,
): Promise<Lane> {
  const running = await transaction.all<PromptRow>(
    `SELECT * FROM prompts WHERE agent = ? AND ${atWork} ORDER BY attempted_at, id`,
    agent,
  );
  const waiting = await transaction.all<PromptRow>(
    `SELECT * FROM prompts WHERE agent = ? AND ${notBegun} ORDER BY position, id LIMIT ?`,
    agent,
    mostWaiting,
  );
  const lane = await transaction.get<LaneRow>("SELECT * FROM prompt_lanes WHERE agent = ?", agent);
  return {
    running: running.map(toPrompt),
    waiting: waiting.map(toPrompt),
    isHeld: lane !== undefined && lane.held !== holds.not,
    isUndecided: lane?.held === holds.undecided,
    abort: lane && abortOf(lane),
  };
}

function abortOf({ abort_at, abort_turn, abort_conversation }: LaneRow): LaneAbort | undefined {
  if (abort_at === null) return undefined;
  return {
    at: abort_at,
    messageId: abort_turn ?? undefined,
    conversation: abort_conversation ?? undefined,
  };
}

/** The agents that work on a prompt, or are being given one. */
export async function workingAgents(transaction: Transaction): Promise<string[]> {
  const rows = await transaction.all<Pick<PromptRow, "agent">>(
    `SELECT DISTINCT agent FROM prompts WHERE ${atWork}`,
  );
  return rows.map(({ agent }) => agent);
}

/** Records whether an agent is held, and whether an operator has decided that. */
export async function setHeld(
  transaction: Transaction,
  agent: string,
  how: keyof typeof holds,
): Promise<void> {
  await transaction.run(
    `INSERT INTO prompt_lanes (agent, held) VALUES (?, ?)
     ON CONFLICT (agent) DO UPDATE SET held = excluded.held`,
    agent,
    holds[how],
  );
}

/** Records that a turn that no prompt began is to be aborted. */
export async function setLaneAbort(
  transaction: Transaction,
  agent: string,
  { at, messageId, conversation }: LaneAbort,
): Promise<void> {
  await transaction.run(
    `INSERT INTO prompt_lanes (agent, abort_at, abort_turn, abort_conversation) VALUES (?, ?, ?, ?)
     ON CONFLICT (agent) DO UPDATE SET abort_at = excluded.abort_at,
       abort_turn = excluded.abort_turn, abort_conversation = excluded.abort_conversation`,
    agent,
    at,
    messageId ?? null,
    conversation ?? null,
  );
}

/** Forgets a wish to abort once it was dealt with; false when it was before, or there is a newer one. */
export async function endLaneAbort(
  transaction: Transaction,
  agent: string,
  { at }: Pick<LaneAbort, "at">,
): Promise<boolean> {
  const { changes } = await transaction.run(
    "UPDATE prompt_lanes SET abort_at = NULL WHERE agent = ? AND abort_at = ?",
    agent,
    at,
  );
  return changes === 1;
}

/** Gives the wishes that are told to a conversation its new key. */
export async function moveLaneAborts(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  await transaction.run(
    "UPDATE prompt_lanes SET abort_conversation = ? WHERE abort_conversation = ?",
    to,
    from,
  );
}

/** Forgets everything that was wanted of an agent's lane. */
export async function resetLane(transaction: Transaction, agent: string): Promise<void> {
  await transaction.run("DELETE FROM prompt_lanes WHERE agent = ?", agent);
}
