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
  /** When an operator wanted a turn aborted that no prompt began; milliseconds since the epoch. */
  abortAt: number | undefined;
}

// More than any agent has.
const everything = 1_000_000_000;

interface LaneRow {
  held: number;
  abort_at: number | null;
}

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
  const lane = await transaction.get<LaneRow>(
    "SELECT held, abort_at FROM prompt_lanes WHERE agent = ?",
    agent,
  );
  return {
    running: running.map(toPrompt),
    waiting: waiting.map(toPrompt),
    isHeld: lane?.held === 1,
    abortAt: lane?.abort_at ?? undefined,
  };
}

/** The agents that work on a prompt, or are being given one. */
export async function workingAgents(transaction: Transaction): Promise<string[]> {
  const rows = await transaction.all<Pick<PromptRow, "agent">>(
    `SELECT DISTINCT agent FROM prompts WHERE ${atWork}`,
  );
  return rows.map(({ agent }) => agent);
}

/** Records whether an agent is held. */
export async function setHeld(
  transaction: Transaction,
  agent: string,
  isHeld: boolean,
): Promise<void> {
  await transaction.run(
    `INSERT INTO prompt_lanes (agent, held) VALUES (?, ?)
     ON CONFLICT (agent) DO UPDATE SET held = excluded.held`,
    agent,
    isHeld ? 1 : 0,
  );
}

/** Records that the turn that runs at `at` (milliseconds since the epoch) is to be aborted, whoever began it. */
export async function setLaneAbort(
  transaction: Transaction,
  agent: string,
  at: number,
): Promise<void> {
  await transaction.run(
    `INSERT INTO prompt_lanes (agent, abort_at) VALUES (?, ?)
     ON CONFLICT (agent) DO UPDATE SET abort_at = excluded.abort_at`,
    agent,
    at,
  );
}

/** Forgets a wish to abort once it was dealt with, unless there is a newer one. */
export async function endLaneAbort(
  transaction: Transaction,
  agent: string,
  at: number,
): Promise<void> {
  await transaction.run(
    "UPDATE prompt_lanes SET abort_at = NULL WHERE agent = ? AND abort_at = ?",
    agent,
    at,
  );
}

/** Forgets everything that was wanted of an agent's lane. */
export async function resetLane(transaction: Transaction, agent: string): Promise<void> {
  await transaction.run("DELETE FROM prompt_lanes WHERE agent = ?", agent);
}
