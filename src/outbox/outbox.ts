import { conversationFromKey } from "../chat/conversation.ts";
import { laneHeads } from "../store/lane-heads.ts";
import type { Store, Transaction } from "../store/store.ts";
import { completed } from "./complete-call.ts";
import { conversationKeyOf, firstOfEachChat } from "./lanes.ts";
import { type NewMessage, type OutboxMessage, type OutboxRow, toMessage } from "./message.ts";
import { isRepeatable } from "./payload.ts";

/** The signal that a call was added. */
export const outboxSignal = "outbox";
/** The signal that a reply has ended, as sent or as failed; its subject is the reply's id. */
export const replySignal = "reply";

/** What became of the calls of one reply. */
export interface ReplyState {
  state: "sent" | "pending" | "failed";
  messageIds: number[];
}

/** Until when a chat may not be called, in milliseconds since the epoch; 0 when it may be. */
export type HeldUntil = (chatId: number | undefined) => number;

const open = "state IN ('pending', 'sending', 'uncertain')";
const headsSql = laneHeads({ table: "outbox", order: "id", open });

/** Adds a call in the transaction of whatever caused it; resolves to its id. */
export async function enqueue(transaction: Transaction, message: NewMessage): Promise<number> {
  const { chat_id, document } = message.payload as {
    chat_id?: number;
    document?: { path: string };
  };
  const payload = JSON.stringify(message.payload);
  const row = await transaction.get<{ id: number }>(
    `INSERT INTO outbox
       (lane, method, payload, agent, bytes, reply_id, subject, chat_id, file, is_pinned, fallback,
        state, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) RETURNING id`,
    message.lane,
    message.method,
    payload,
    message.agent ?? null,
    payload.length + (message.fileBytes ?? 0),
    message.replyId ?? null,
    message.subject ?? null,
    chat_id ?? null,
    document?.path ?? null,
    message.isPinned === true ? 1 : 0,
    message.fallback ? JSON.stringify(message.fallback) : null,
    Date.now(),
  );
  transaction.notify(outboxSignal);
  return row?.id ?? 0;
}

/** Removes the calls of a subject whose sending has not begun. */
export async function dropPending(transaction: Transaction, subject: string): Promise<void> {
  await transaction.run("DELETE FROM outbox WHERE subject = ? AND state = 'pending'", subject);
}

/** Removes a call whose sending has not begun; whether it was one. */
export async function dropUnsent(transaction: Transaction, id: number): Promise<boolean> {
  const { changes } = await transaction.run(
    "DELETE FROM outbox WHERE id = ? AND state = 'pending'",
    id,
  );
  return changes === 1;
}

/** Keeps a call after it has ended, since its message is edited later; until `unpin`. */
export async function pin(transaction: Transaction, id: number): Promise<void> {
  await transaction.run("UPDATE outbox SET is_pinned = 1 WHERE id = ?", id);
}

/** Lets a call that was pinned be removed once it has ended. */
export async function unpin(transaction: Transaction, id: number): Promise<void> {
  await transaction.run("UPDATE outbox SET is_pinned = 0 WHERE id = ?", id);
}

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

/** The durable queue of Telegram calls, in lanes. */
export class Outbox {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Takes the first open call of each lane outside `busyLanes` whose time has come. One found
   * `sending` belongs to a process that died: whether it took effect is unknown.
   */
  async take(busyLanes: ReadonlySet<string>, heldUntil: HeldUntil): Promise<OutboxMessage[]> {
    const now = Date.now();
    const messages = await this.#store.read(async (transaction) => {
      const ready: OutboxMessage[] = [];
      const heads = await transaction.all<OutboxRow>(headsSql);
      const due = heads.filter((row) => !busyLanes.has(row.lane) && dueAt(row, heldUntil) <= now);
      for (const row of firstOfEachChat(due, busyLanes)) {
        const payload = JSON.parse(row.payload) as Record<string, unknown>;
        const isWhole = payload["message_of"] === undefined && row.fallback === null;
        // A unit that awaits nothing but itself for many rows counts as stalled.
        const call = isWhole ? { payload, fallback: {} } : await completed(transaction, row);
        ready.push(toMessage(row, call));
      }
      return ready;
    });
    if (messages.length === 0) return [];
    const begin = async (transaction: Transaction) => {
      for (const { id } of messages) {
        await transaction.run(
          "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ?",
          id,
        );
      }
    };
    // That a message was begun must outlive a power cut, or its repeat would bear no mark.
    if (messages.every(({ method }) => isRepeatable(method))) await this.#store.writeBehind(begin);
    else await this.#store.write(begin);
    return messages;
  }

  /**
   * When the next lane outside `busyLanes` may go on, in milliseconds since the epoch; a moment that
   * has passed when one became ready since the last look.
   */
  async nextDue(busyLanes: ReadonlySet<string>, heldUntil: HeldUntil): Promise<number | undefined> {
    const heads = await this.#store.read((transaction) => transaction.all<OutboxRow>(headsSql));
    // What waits for an urgent call under way is looked at when that has ended.
    const free = heads.filter(
      (row) => !busyLanes.has(row.lane) && firstOfEachChat([row], busyLanes).length > 0,
    );
    return free.length > 0 ? Math.min(...free.map((row) => dueAt(row, heldUntil))) : undefined;
  }

  /** Ends a call as sent; `messageId` is what Telegram named the message, if it made one. */
  async sent(message: OutboxMessage, messageId: number | undefined): Promise<void> {
    await this.#end(message, "sent", messageId);
  }

  /** Gives a call up. */
  async failed(message: OutboxMessage): Promise<void> {
    await this.#end(message, "failed", undefined);
  }

  /** Puts a call back to the head of its lane, not to be tried before `notBefore` (ms, epoch). */
  async putBack(
    message: OutboxMessage,
    state: "pending" | "uncertain",
    notBefore: number,
    { payload, fallback }: Pick<OutboxMessage, "payload" | "fallback"> = message,
  ): Promise<void> {
    await this.#store.write((transaction) =>
      transaction.run(
        "UPDATE outbox SET state = ?, not_before = ?, payload = ?, fallback = ? WHERE id = ?",
        state,
        notBefore,
        JSON.stringify(payload),
        JSON.stringify(fallback),
        message.id,
      ),
    );
  }

  /**
   * Makes what waits for its next attempt due now, since the clock was set back and would keep it
   * waiting: all of it, or only what was added at or after `since` (milliseconds since the epoch).
   */
  async clockWasSetBack(since = 0): Promise<void> {
    await this.#store.writeBehind(async (transaction) => {
      await transaction.run(
        `UPDATE outbox SET not_before = 0 WHERE ${open} AND not_before > ? AND created_at >= ?`,
        Date.now(),
        since,
      );
    });
  }

  /** What became of a reply. */
  replyState(replyId: string): Promise<ReplyState> {
    return this.#store.read(async (transaction) => {
      const rows = await transaction.all<OutboxRow>(
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
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    try {
      for (;;) {
        const change = this.#store.next(replySignal, replyId, either);
        const reply = await this.replyState(replyId);
        if (reply.state !== "pending" || signal.aborted) return reply;
        await change;
      }
    } finally {
      ended.abort();
    }
  }

  /** The paths of the files that calls still need. */
  async neededFiles(): Promise<Set<string>> {
    const rows = await this.#store.read((transaction) =>
      transaction.all<{ file: string }>(
        `SELECT file FROM outbox WHERE ${open} AND file IS NOT NULL`,
      ),
    );
    return new Set(rows.map(({ file }) => file));
  }

  /** How many calls wait. */
  async waiting(): Promise<number> {
    const row = await this.#store.read((transaction) =>
      transaction.get<{ n: number }>(`SELECT count(*) AS n FROM outbox WHERE ${open}`),
    );
    return row?.n ?? 0;
  }

  async #end(
    { id, lane, replyId, fallback }: OutboxMessage,
    state: "sent" | "failed",
    messageId: number | undefined,
  ): Promise<void> {
    await this.#store.writeBehind(async (transaction) => {
      await transaction.run(
        "UPDATE outbox SET state = ?, message_id = ?, ended_at = ? WHERE id = ?",
        state,
        messageId ?? null,
        Date.now(),
        id,
      );
      if (state === "failed" && fallback.failed !== undefined) {
        // An edit names no topic, so the place is the lane's.
        const { chatId, threadId } = conversationFromKey(conversationKeyOf(lane));
        const notice = { chat_id: chatId, message_thread_id: threadId, text: fallback.failed };
        await enqueue(transaction, { lane, method: "sendMessage", payload: notice });
      }
      if (replyId === undefined) return;
      // Once for each reply, however many calls it takes: all who wait for it look then.
      const left = await transaction.get(
        `SELECT 1 AS is_open FROM outbox WHERE reply_id = ? AND ${open} LIMIT 1`,
        replyId,
      );
      if (!left || state === "failed") transaction.notify(replySignal, replyId);
    });
  }
}

/** A hold of Telegram's applies to all lanes of the chat. */
function dueAt(row: OutboxRow, heldUntil: HeldUntil): number {
  return Math.max(row.not_before, heldUntil(row.chat_id ?? undefined));
}
