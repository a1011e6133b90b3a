import { EventEmitter, once } from "node:events";
import { laneHeads } from "../store/lane-heads.ts";
import type { Store, Transaction } from "../store/store.ts";
import { isRepeatable } from "./payload.ts";

/** States of a call: `pending → sending → sent`, or `uncertain` and again, or `failed`. */
export type CallState = "pending" | "sending" | "sent" | "uncertain" | "failed";

/** One Telegram call that is owed. */
export interface OwedCall {
  id: number;
  lane: string;
  method: string;
  payload: Record<string, unknown>;
  replyId: string | null;
  /** How often it was begun, this time included. */
  attempts: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** An earlier attempt may have taken effect: Telegram never answered it. */
  mayBeRepeat: boolean;
}

/** What became of the calls of one reply. */
export interface ReplyState {
  state: "sent" | "pending" | "failed";
  messageIds: number[];
}

const open = "state IN ('pending', 'sending', 'uncertain')";
const headsSql = laneHeads({ table: "outbox", order: "id", open });

interface Row {
  id: number;
  lane: string;
  method: string;
  payload: string;
  reply_id: string | null;
  state: CallState;
  attempts: number;
  not_before: number;
  created_at: number;
  message_id: number | null;
}

/**
 * Adds a call to the outbox inside the transaction of whatever caused it. Calls of one lane go out
 * in the order they were added. A payload may hold `message_of: <outbox id>` in place of
 * `message_id`: it is filled in when that earlier call has been sent.
 */
export function owe(
  transaction: Transaction,
  call: {
    lane: string;
    method: string;
    payload: object;
    replyId?: string | undefined;
    /** What it is about, for whoever wants to find it again before it is sent. */
    subject?: string;
  },
): number {
  const { lastId } = transaction.run(
    `INSERT INTO outbox (lane, method, payload, reply_id, subject, state, created_at)
     VALUES (?, ?, ?, ?, ?, 'pending', ?)`,
    call.lane,
    call.method,
    JSON.stringify(call.payload),
    call.replyId ?? null,
    call.subject ?? null,
    Date.now(),
  );
  return lastId;
}

/** The durable queue of Telegram calls, a lane per conversation. */
export class Outbox {
  #store: Store;
  #ended = new EventEmitter<{ reply: [id: string] }>().setMaxListeners(0);

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Takes the first open call of each lane outside `busyLanes` whose time has come.
   * One found `sending` belongs to a process that died: whether it took effect is unknown.
   */
  async take(busyLanes: ReadonlySet<string>): Promise<OwedCall[]> {
    const now = Date.now();
    const calls = await this.#store.read((transaction) =>
      heads(transaction)
        .filter((row) => !busyLanes.has(row.lane) && row.not_before <= now)
        .map((row) => ({
          id: row.id,
          lane: row.lane,
          method: row.method,
          payload: withMessageId(transaction, JSON.parse(row.payload) as Record<string, unknown>),
          replyId: row.reply_id,
          attempts: row.attempts + 1,
          createdAt: row.created_at,
          mayBeRepeat: row.state === "sending" || row.state === "uncertain",
        })),
    );
    if (calls.length === 0) return [];
    const begin = (transaction: Transaction) => {
      for (const { id } of calls) {
        transaction.run(
          "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ?",
          id,
        );
      }
    };
    // That a message was begun must outlive a power cut, or its repeat would bear no mark.
    if (calls.every(({ method }) => isRepeatable(method))) await this.#store.writeBehind(begin);
    else await this.#store.write(begin);
    return calls;
  }

  /**
   * When the next lane outside `busyLanes` may go on, in milliseconds since the epoch; a moment that
   * has passed when one became ready since the last look.
   */
  nextDue(busyLanes: ReadonlySet<string>): Promise<number | undefined> {
    return this.#store.read((transaction) => {
      const free = heads(transaction).filter(({ lane }) => !busyLanes.has(lane));
      return free.length > 0 ? Math.min(...free.map((row) => row.not_before)) : undefined;
    });
  }

  /** Ends a call as sent; `messageId` is what Telegram named the message, if it made one. */
  async sent(call: OwedCall, messageId: number | undefined): Promise<void> {
    await this.#end(call, "sent", messageId);
  }

  /** Gives a call up. */
  async failed(call: OwedCall): Promise<void> {
    await this.#end(call, "failed", undefined);
  }

  /** Puts a call back to the head of its lane, not to be tried before `notBefore` (ms, epoch). */
  async putBack(
    call: OwedCall,
    state: "pending" | "uncertain",
    notBefore: number,
    payload: Record<string, unknown> = call.payload,
  ): Promise<void> {
    await this.#store.write((transaction) => {
      transaction.run(
        "UPDATE outbox SET state = ?, not_before = ?, payload = ? WHERE id = ?",
        state,
        notBefore,
        JSON.stringify(payload),
        call.id,
      );
    });
  }

  /** What became of a reply. */
  replyState(replyId: string): Promise<ReplyState> {
    return this.#store.read((transaction) => {
      const rows = transaction.all<Row>(
        "SELECT * FROM outbox WHERE reply_id = ? ORDER BY id",
        replyId,
      );
      const messageIds = rows.flatMap((row) => row.message_id ?? []);
      if (rows.some((row) => row.state === "failed")) return { state: "failed", messageIds };
      const isSent = rows.every((row) => row.state === "sent");
      return { state: isSent ? "sent" : "pending", messageIds };
    });
  }

  /** Resolves to the state of a reply once it has ended or `signal` is aborted. */
  async replyEnded(replyId: string, signal: AbortSignal): Promise<ReplyState> {
    for (;;) {
      const change = once(this.#ended, "reply", { signal }).catch(() => undefined);
      const reply = await this.replyState(replyId);
      if (reply.state !== "pending" || signal.aborted) return reply;
      await change;
    }
  }

  /** The paths of the files that calls still owe. */
  owedFiles(): Promise<Set<string>> {
    return this.#store.read((transaction) => {
      const rows = transaction.all<{ path: string | null }>(
        `SELECT json_extract(payload, '$.document.path') AS path FROM outbox WHERE ${open}`,
      );
      return new Set(rows.flatMap(({ path }) => path ?? []));
    });
  }

  /** How many calls are owed. */
  waiting(): Promise<number> {
    return this.#store.read(
      (transaction) =>
        transaction.get<{ n: number }>(`SELECT count(*) AS n FROM outbox WHERE ${open}`)?.n ?? 0,
    );
  }

  async #end(call: OwedCall, state: "sent" | "failed", messageId: number | undefined) {
    await this.#store.writeBehind((transaction) => {
      transaction.run(
        "UPDATE outbox SET state = ?, message_id = ?, ended_at = ? WHERE id = ?",
        state,
        messageId ?? null,
        Date.now(),
        call.id,
      );
    });
    if (call.replyId !== null) this.#ended.emit("reply", call.replyId);
  }
}

function heads(transaction: Transaction): Row[] {
  return transaction.all<Row>(headsSql);
}

function withMessageId(transaction: Transaction, payload: Record<string, unknown>) {
  const { message_of: earlier, ...rest } = payload;
  if (typeof earlier !== "number") return payload;
  const row = transaction.get<Row>("SELECT * FROM outbox WHERE id = ?", earlier);
  return row?.message_id == null ? payload : { ...rest, message_id: row.message_id };
}
