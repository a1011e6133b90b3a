import { EventEmitter } from "node:events";
import type { Update } from "grammy/types";
import { readLaneHeads } from "../store/lane-heads.ts";
import type { Store, Transaction } from "../store/store.ts";

/** The signal that an update was added. */
export const inboxSignal = "inbox";

/** The signal that an update has ended; its subject is the lane. */
export const updateEndedSignal = "update ended";

/** What became of a post to the webhook. */
export type Arrival =
  | "stored"
  /** It is known already. */
  | "repeated"
  /** It is from a stranger, or of a kind that does nothing. */
  | "ignored"
  /** Without the secret, or no update. */
  | "refused"
  /** The store could not take it; Telegram sends it again. */
  | "not stored";

/** What the inbox tells. */
export interface InboxEvents {
  /** Somebody has posted to the webhook, and was answered. */
  arrived: [arrival: Arrival];
}

/** Updates that have not ended. */
export interface InboxBacklog {
  waiting: number;
  /** When the oldest was stored; milliseconds since the epoch. */
  since: number | undefined;
}

/** An update in the inbox. */
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

const open = "state IN ('pending', 'processing')";
const queue = { table: "updates", order: "seq", open } as const;

interface Row {
  update_id: number;
  lane: string;
  body: string;
  attempts: number;
  received_at: number;
}

/** Ends an update in the transaction that keeps what handling it made. */
export async function endUpdate(
  transaction: Transaction,
  updateId: number,
  state: "done" | "failed",
): Promise<void> {
  const row = await transaction.get<Pick<Row, "lane">>(
    "UPDATE updates SET state = ? WHERE update_id = ? RETURNING lane",
    state,
    updateId,
  );
  if (row) transaction.notify(updateEndedSignal, row.lane);
}

/** The JSON of an update; undefined when it is not kept any more. */
export async function updateBody(
  transaction: Transaction,
  updateId: number,
): Promise<string | undefined> {
  const row = await transaction.get<Pick<Row, "body">>(
    "SELECT body FROM updates WHERE update_id = ?",
    updateId,
  );
  return row?.body;
}

/** An update that brings a message of an album. */
export interface AlbumUpdate {
  update: Update;
  /** It was not handled yet. */
  isOpen: boolean;
}

// An album has at most 10 messages; what others send meanwhile may come between their updates.
const nearUpdates = 100;

/** The updates of the album that an update is part of, itself among them, in the order of their messages. */
export async function albumUpdates(
  transaction: Transaction,
  updateId: number,
  album: string,
): Promise<AlbumUpdate[]> {
  const rows = await transaction.all<Pick<Row, "body"> & { state: string }>(
    "SELECT body, state FROM updates WHERE update_id BETWEEN ? AND ? AND body LIKE ?",
    updateId - nearUpdates,
    updateId + nearUpdates,
    `%"media_group_id"%`,
  );
  return rows
    .map(({ body, state }) => ({
      update: JSON.parse(body) as Update,
      isOpen: state === "pending" || state === "processing",
    }))
    .filter(({ update }) => update.message?.media_group_id === album)
    .toSorted((a, b) => numberOf(a) - numberOf(b));
}

function numberOf({ update }: AlbumUpdate): number {
  return update.message?.message_id ?? 0;
}

/** Gives up the open updates that `isUnwanted` names; the number of them. */
export async function dropUpdates(
  transaction: Transaction,
  isUnwanted: (update: Update) => boolean,
): Promise<number> {
  const rows = await transaction.all<Pick<Row, "update_id" | "body">>(
    `SELECT update_id, body FROM updates WHERE ${open}`,
  );
  const unwanted = rows.filter(({ body }) => isUnwanted(JSON.parse(body) as Update));
  for (const { update_id } of unwanted) await endUpdate(transaction, update_id, "failed");
  return unwanted.length;
}

/** The updates that have not ended. */
export async function inboxBacklog(transaction: Transaction): Promise<InboxBacklog> {
  const row = await transaction.get<{ n: number; since: number | null }>(
    `SELECT count(*) AS n, min(received_at) AS since FROM updates WHERE ${open}`,
  );
  return { waiting: row?.n ?? 0, since: row?.since ?? undefined };
}

/** Removes updates that have ended; see `PruneStep`. */
export async function pruneUpdates(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM updates WHERE seq IN (
       SELECT seq FROM updates WHERE state IN ('done', 'failed') AND received_at < ? LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}

/** The durable queue of Telegram's updates, a lane per conversation, each update once. */
export class Inbox extends EventEmitter<InboxEvents> {
  #store: Store;

  constructor(store: Store) {
    super();
    this.#store = store;
  }

  /**
   * Stores an update; resolves once it is on disk, to false when its id is known already.
   * Telegram repeats an update, with the same id, until it is answered with a 2xx.
   */
  add(updateId: number, lane: string, body: string): Promise<boolean> {
    return this.#store.write(async (transaction) => {
      const { changes } = await transaction.run(
        `INSERT INTO updates (update_id, lane, received_at, body, state)
         VALUES (?, ?, ?, ?, 'pending') ON CONFLICT DO NOTHING`,
        updateId,
        lane,
        Date.now(),
        body,
      );
      transaction.notify(inboxSignal);
      return changes === 1;
    });
  }

  /** The updates of a lane that came before one and have not ended, oldest first. */
  async earlier(updateId: number, lane: string): Promise<Update[]> {
    const rows = await this.#store.read((transaction) =>
      transaction.all<Pick<Row, "body">>(
        `SELECT body FROM updates WHERE lane = ? AND ${open}
           AND seq < (SELECT seq FROM updates WHERE update_id = ?) ORDER BY seq`,
        lane,
        updateId,
      ),
    );
    return rows.map(({ body }) => JSON.parse(body) as Update);
  }

  /**
   * Takes the oldest open update of each lane outside `busyLanes` for a run and counts the run.
   * An update left `processing` by a crash is open, so it is taken again.
   */
  take(busyLanes: ReadonlySet<string>): Promise<StoredUpdate[]> {
    return this.#store.writeBehind(async (transaction) => {
      const heads = await readLaneHeads<{ lane: string; seq: number }>(transaction, queue);
      const taken: StoredUpdate[] = [];
      for (const { lane, seq } of heads) {
        if (busyLanes.has(lane)) continue;
        const row = await transaction.get<Row>(
          `UPDATE updates SET state = 'processing', attempts = attempts + 1 WHERE seq = ?
           RETURNING update_id, lane, body, attempts, received_at`,
          seq,
        );
        if (row) taken.push(toUpdate(row));
      }
      return taken;
    });
  }
}

function toUpdate(row: Row): StoredUpdate {
  return {
    updateId: row.update_id,
    lane: row.lane,
    body: row.body,
    attempts: row.attempts,
    receivedAt: row.received_at,
  };
}
