import type { Transaction } from "../store/store.ts";
import { filesOf } from "./message.ts";
import { open } from "./states.ts";

/** The replies of before `createdBefore` (milliseconds since the epoch) that are not all sent. */
export async function waitingReplies(
  transaction: Transaction,
  createdBefore: number,
): Promise<string[]> {
  const rows = await transaction.all<{ reply_id: string }>(
    `SELECT DISTINCT reply_id FROM outbox
     WHERE ${open} AND reply_id IS NOT NULL AND created_at < ?`,
    createdBefore,
  );
  return rows.map(({ reply_id }) => reply_id);
}

/** The paths of the files that calls still need. */
export async function filesOfOpen(transaction: Transaction): Promise<string[]> {
  const rows = await transaction.all<{ file: string }>(
    `SELECT file FROM outbox WHERE ${open} AND file IS NOT NULL`,
  );
  return rows.flatMap(({ file }) => filesOf(file));
}

/** Removes calls that have ended and whose message is not edited any more; see `PruneStep`. */
export async function pruneOutbox(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM outbox WHERE id IN (
       SELECT id FROM outbox
       WHERE state IN ('sent', 'failed') AND ended_at < ? AND is_pinned = 0 LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}
