import type { Transaction } from "../store/store.ts";
import type { PromptRow } from "./prompt.ts";

/** Removes prompts that have ended, and their messages; see `PruneStep`. */
export async function prunePrompts(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const rows = await transaction.all<Pick<PromptRow, "id">>(
    `DELETE FROM prompts WHERE id IN (
       SELECT id FROM prompts
       WHERE state IN ('done', 'failed', 'cancelled') AND ended_at < ? LIMIT ?) RETURNING id`,
    olderThan,
    limit,
  );
  for (const { id } of rows) {
    await transaction.run("DELETE FROM prompt_messages WHERE prompt_id = ?", id);
  }
  return rows.length;
}
