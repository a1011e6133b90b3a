import type { Logger } from "../log.ts";
import type { Store, Transaction } from "./store.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Rows removed in one transaction, so that no commit takes long. */
const batch = 500;

/**
 * Removes at most `limit` rows of one table that ended before `olderThan` (milliseconds since the
 * epoch), never one that is still needed; resolves to how many.
 */
export type PruneStep = (
  transaction: Transaction,
  olderThan: number,
  limit: number,
) => Promise<number>;

/** What a pruner needs. */
export interface PrunerOptions {
  store: Store;
  keepDays: number;
  log: Logger;
}

/** Removes old rows, as the owner of each table says, at once and then every day. */
export class Pruner {
  #options: PrunerOptions;
  #steps: PruneStep[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: PrunerOptions) {
    this.#options = options;
  }

  /** Adds the steps of a table's owner. */
  add(...steps: PruneStep[]): void {
    this.#steps.push(...steps);
  }

  /**
   * Removes what ended before `olderThan` (milliseconds since the epoch) and gives its space back to
   * the disk. Resolves to the number of rows removed.
   */
  async prune(olderThan: number): Promise<number> {
    const { store } = this.#options;
    let removed = 0;
    for (const step of this.#steps) {
      let count: number;
      do {
        count = await store.write((transaction) => step(transaction, olderThan, batch));
        removed += count;
      } while (count >= batch);
    }
    if (removed > 0) await store.shrink();
    return removed;
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
    const { keepDays, log } = this.#options;
    this.#running = this.prune(Date.now() - keepDays * dayMs).then(
      (removed) => log[removed > 0 ? "info" : "debug"]({ removed }, "old rows removed"),
      (error: unknown) => log.error({ err: error }, "old rows could not be removed"),
    );
  }
}
