import type { Logger } from "../log.ts";
import type { Store } from "./store.ts";

const dayMs = 24 * 60 * 60 * 1000;

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
  if (removed > 0) await store.shrink();
  return removed;
}

/** Prunes a store at once and then every day. */
export class Pruner {
  #options: { store: Store; keepDays: number; log: Logger };
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: { store: Store; keepDays: number; log: Logger }) {
    this.#options = options;
  }

  /** Begins; a second call does nothing. */
  start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#run(), dayMs).unref();
    this.#run();
  }

  /** Ends it and resolves when nothing is being removed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #run(): void {
    const { store, keepDays, log } = this.#options;
    this.#running = prune(store, Date.now() - keepDays * dayMs).then(
      (removed) => log.info({ removed }, "old rows removed"),
      (error: unknown) => log.error({ err: error }, "old rows could not be removed"),
    );
  }
}
