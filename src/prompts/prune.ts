import type { Transaction } from "../store/store.ts";

/** Removes prompts that have ended; see `PruneStep`. */
export async function prunePrompts(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM prompts WHERE id IN (
       SELECT id FROM prompts
       WHERE state IN ('done', 'failed', 'cancelled') AND ended_at < ? LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}
