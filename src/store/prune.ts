import type { Store } from "./store.ts";

/** Rows removed in one transaction, so that no commit takes long. */
const batch = 500;

// What is owed is open, and open rows are never named here. A reply's key is kept as long as its
// sender could repeat it, and a card as long as its message could be pressed.
const ended = [
  { table: "updates", where: "state IN ('done', 'failed') AND received_at < ?" },
  { table: "prompts", where: "state IN ('done', 'failed', 'cancelled') AND ended_at < ?" },
  {
    table: "outbox",
    where: `state IN ('sent', 'failed') AND ended_at < ? AND NOT EXISTS
      (SELECT 1 FROM cards WHERE outbox_id = outbox.id AND cards.state != 'closed')`,
  },
  { table: "cards", where: "state = 'closed' AND created_at < ?" },
  { table: "confirmations", where: "created_at < ?" },
  {
    table: "replies",
    where: `created_at < ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE reply_id = replies.id
      AND state IN ('pending', 'sending', 'uncertain'))`,
  },
];

/**
 * Removes rows that ended before `olderThan` (ms since the epoch), never what is still owed, and
 * gives the file's free pages back. Resolves to the number of rows removed.
 */
export async function prune(store: Store, olderThan: number): Promise<number> {
  let removed = 0;
  for (const { table, where } of ended) {
    let changes: number;
    do {
      ({ changes } = await store.write((transaction) =>
        transaction.run(
          `DELETE FROM ${table} WHERE rowid IN
             (SELECT rowid FROM ${table} WHERE ${where} LIMIT ${batch})`,
          olderThan,
        ),
      ));
      removed += changes;
    } while (changes === batch);
  }
  store.shrink();
  return removed;
}
