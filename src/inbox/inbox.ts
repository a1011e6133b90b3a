import { laneHeads } from "../store/lane-heads.ts";
import type { Store, Transaction } from "../store/store.ts";

/** An update as it stands in the inbox. */
export interface StoredUpdate {
  updateId: number;
  lane: string;
  /** Telegram's JSON. */
  body: string;
  /** How often a run of it has begun, this one included. */
  attempts: number;
  /** Milliseconds since the epoch. */
  receivedAt: number;
}

const headsSql = laneHeads({
  table: "updates",
  order: "seq",
  open: "state IN ('pending', 'processing')",
});

interface Row {
  update_id: number;
  lane: string;
  body: string;
  attempts: number;
  received_at: number;
}

/** The durable queue of Telegram's updates, a lane per conversation, each update once. */
export class Inbox {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Keeps an update; resolves once it is on disk, to false when its id is known already.
   * Telegram repeats an update, with the same id, until it is answered with a 2xx.
   */
  add(updateId: number, lane: string, body: string): Promise<boolean> {
    return this.#store.write((transaction) => {
      const { changes } = transaction.run(
        `INSERT INTO updates (update_id, lane, received_at, body, state)
         VALUES (?, ?, ?, ?, 'pending') ON CONFLICT DO NOTHING`,
        updateId,
        lane,
        Date.now(),
        body,
      );
      return changes === 1;
    });
  }

  /**
   * Takes the oldest open update of each lane outside `busyLanes` for a run and counts the run.
   * An update left `processing` by a crash is open, so it is taken again.
   */
  take(busyLanes: ReadonlySet<string>): Promise<StoredUpdate[]> {
    return this.#store.writeBehind((transaction) => {
      const heads = transaction.all<{ lane: string; seq: number }>(headsSql);
      return heads
        .filter((head) => !busyLanes.has(head.lane))
        .flatMap((head) =>
          transaction.all<Row>(
            `UPDATE updates SET state = 'processing', attempts = attempts + 1 WHERE seq = ?
             RETURNING update_id, lane, body, attempts, received_at`,
            head.seq,
          ),
        )
        .map((row) => ({
          updateId: row.update_id,
          lane: row.lane,
          body: row.body,
          attempts: row.attempts,
          receivedAt: row.received_at,
        }));
    });
  }
}

/** Ends an update inside the transaction that keeps what its handling made. */
export function endUpdate(transaction: Transaction, updateId: number, state: "done" | "failed") {
  transaction.run("UPDATE updates SET state = ? WHERE update_id = ?", state, updateId);
}
