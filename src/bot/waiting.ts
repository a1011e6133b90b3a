import { laneOf } from "../prompts/lane.ts";
import type { Transaction } from "../store/store.ts";

/** The prompts that wait for an agent, as a question about dropping them counts them. */
export interface Waiting {
  count: number;
  /** The id of the newest one; 0 when none waits. */
  newest: number;
}

/** What waits for an agent, as of this transaction. */
export async function waitingOf(transaction: Transaction, agent: string): Promise<Waiting> {
  const { waiting } = await laneOf(transaction, agent);
  return { count: waiting.length, newest: Math.max(0, ...waiting.map(({ id }) => id)) };
}

/**
 * Whether an operator has confirmed that all of these are dropped: `upTo` is the newest one that they were
 * asked about. What has come since, they do not know of.
 */
export function isCovered({ newest }: Pick<Waiting, "newest">, upTo: number): boolean {
  return newest <= upTo;
}

/** What was written after a command, or a button says that confirms it. */
export interface Confirmed {
  /** Without what confirms. */
  written: string;
  /** The newest prompt that was asked about, else 0. */
  upTo: number;
  /** What else was asked about, such as the session; undefined where that is not said. */
  about: string | undefined;
}

/** Reads ` --yes`, the newest prompt that was asked about, and what else was. */
export function confirmedArgument(argument: string): Confirmed {
  const [, written = "", upTo, about] = /^(?:(.*) )?--yes (\d+)(?: (\S+))?$/s.exec(argument) ?? [];
  if (upTo === undefined) return { written: argument, upTo: 0, about: undefined };
  return { written, upTo: Number(upTo), about };
}
