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
export function isCovered({ newest }: Waiting, upTo: number): boolean {
  return newest <= upTo;
}

/** Reads what a button says that confirms: ` --yes` and the newest prompt that was asked about, else 0. */
export function confirmedArgument(argument: string): { written: string; upTo: number } {
  const [, written = "", upTo] = /^(?:(.*) )?--yes (\d+)$/s.exec(argument) ?? [];
  return upTo === undefined ? { written: argument, upTo: 0 } : { written, upTo: Number(upTo) };
}
