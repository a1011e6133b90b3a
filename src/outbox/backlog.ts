import type { Transaction } from "../store/store.ts";
import { open } from "./states.ts";

/** Calls that have not ended, of one state. */
export interface OutboxBacklog {
  state: "pending" | "sending" | "uncertain";
  calls: number;
  /** When the oldest of them was added; milliseconds since the epoch. */
  since: number;
}

/** The calls that have not ended, by their states. */
export function outboxBacklog(transaction: Transaction): Promise<OutboxBacklog[]> {
  return transaction.all<OutboxBacklog>(
    `SELECT state, count(*) AS calls, min(created_at) AS since
     FROM outbox WHERE ${open} GROUP BY state ORDER BY state`,
  );
}
