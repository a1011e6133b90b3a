import { conversationFromKey } from "../chat/conversation.ts";
import { readLaneHeads } from "../store/lane-heads.ts";
import type { Store, Transaction } from "../store/store.ts";
import { messagesOf } from "./album.ts";
import type { Budget } from "./budget.ts";
import { completed } from "./complete-call.ts";
import { enqueue } from "./enqueue.ts";
import { conversationKeyOf, firstOfEachChat, kindOf } from "./lanes.ts";
import {
  messageIdsOf,
  type OtherCall,
  type OutboxMessage,
  type OutboxRow,
  toMessage,
} from "./message.ts";
import { filesOfOpen } from "./prune.ts";
import { isRepeatable, spentKindOf } from "./payload.ts";
import { type Introduce, noteMessage } from "./speech.ts";
import { asSpoken } from "./spoken-call.ts";
import { open, openLanes } from "./states.ts";

/** The signal that a reply has ended, as sent or as failed; its subject is the reply's id. */
export const replySignal = "reply";

/** What became of the calls of one reply. */
export interface ReplyState {
  state: "sent" | "pending" | "failed";
  messageIds: number[];
}

/** What decides whether a call may begin now; see `Budget`. */
export type Gate = Pick<Budget, "mayCall" | "hasRoom" | "spent">;

// A call under way that is none of the outbox ends without telling it.
const askAgainMs = 50;

/** The durable queue of Telegram calls, in lanes. */
export class Outbox {
  #store: Store;
  #introduce: Introduce;

  /** `introduce` says who speaks where that is not clear; without it nobody is named. */
  constructor(store: Store, introduce: Introduce = async () => undefined) {
    this.#store = store;
    this.#introduce = introduce;
  }

  /**
   * Takes the first open call of each lane outside `busyLanes` whose time has come and that the gate lets
   * pass, and counts it as spent. One found `sending` belongs to a process that died: whether it took
   * effect is unknown.
   */
  async take(busyLanes: ReadonlySet<string>, gate: Gate): Promise<OutboxMessage[]> {
    const now = Date.now();
    const messages = await this.#store.read(async (transaction) => {
      const ready: OutboxMessage[] = [];
      const heads = await readLaneHeads<OutboxRow>(transaction, openLanes);
      const due = heads.filter((row) => !busyLanes.has(row.lane) && dueAt(row, gate, now) <= now);
      for (const row of firstOfEachChat(due, busyLanes)) {
        if (!gate.hasRoom(kindOf(row.lane), busyLanes.size + ready.length)) continue;
        // Another one of these may have been the last that its chat takes.
        if (dueAt(row, gate, now) > now) continue;
        const payload = JSON.parse(row.payload) as Record<string, unknown>;
        for (let left = messagesOf(payload); left > 0; left -= 1)
          gate.spent(row.chat_id ?? undefined, spentKindOf(row.method), now);
        const isWhole = payload["message_of"] === undefined && row.fallback === null;
        // A unit that awaits nothing but itself for many rows counts as stalled.
        const call = isWhole ? { payload, fallback: {} } : await completed(transaction, row);
        ready.push(toMessage(row, call));
      }
      return ready;
    });
    if (messages.length === 0) return [];
    const begin = async (transaction: Transaction) => {
      const begun: OutboxMessage[] = [];
      for (const message of messages) {
        const { changes } = await transaction.run(
          "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ?",
          message.id,
        );
        // It was dropped since it was read.
        if (changes === 0) continue;
        begun.push(message);
        Object.assign(message, await asSpoken(transaction, message, this.#introduce));
      }
      return begun;
    };
    // That a message was begun must outlive a power cut, or its repeat would bear no mark.
    const areRepeatable = messages.every(({ method }) => isRepeatable(method));
    return areRepeatable ? this.#store.writeBehind(begin) : this.#store.write(begin);
  }

  /**
   * When the next lane outside `busyLanes` may go on, in milliseconds since the epoch; a moment that
   * has passed when one became ready since the last look.
   */
  async nextDue(busyLanes: ReadonlySet<string>, gate: Gate): Promise<number | undefined> {
    const now = Date.now();
    const heads = await this.#store.read((transaction) =>
      readLaneHeads<OutboxRow>(transaction, openLanes),
    );
    const times = heads.flatMap((row) => {
      // What waits for an urgent call under way is looked at when that has ended.
      if (busyLanes.has(row.lane) || firstOfEachChat([row], busyLanes).length === 0) return [];
      if (gate.hasRoom(kindOf(row.lane), busyLanes.size)) return dueAt(row, gate, now);
      return busyLanes.size > 0 ? [] : now + askAgainMs;
    });
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Ends a call as sent; `messageId` is what Telegram named the message, if it made one; see `CallOutcome`. */
  async sent(message: OutboxMessage, messageId?: number, album?: number[]): Promise<void> {
    await this.#end(message, "sent", messageId, album);
  }

  /** Gives a call up. */
  async failed(message: OutboxMessage): Promise<void> {
    await this.#end(message, "failed");
  }

  /**
   * Puts a call back to the head of its lane, not to be tried before `notBefore` (ms, epoch): as it was
   * added, or as `other` says. Who speaks and what is quoted is decided anew when it goes out.
   */
  async putBack(
    { id }: Pick<OutboxMessage, "id">,
    state: "pending" | "uncertain",
    notBefore: number,
    other?: OtherCall,
  ): Promise<void> {
    await this.#store.write(async (transaction) => {
      await transaction.run(
        "UPDATE outbox SET state = ?, not_before = ? WHERE id = ?",
        state,
        notBefore,
        id,
      );
      if (!other) return;
      await transaction.run(
        "UPDATE outbox SET method = ?, payload = ?, fallback = ?, speech = ? WHERE id = ?",
        other.method,
        JSON.stringify(other.payload),
        JSON.stringify(other.fallback),
        other.speech ? JSON.stringify(other.speech) : null,
        id,
      );
    });
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
      const messageIds = rows.flatMap(messageIdsOf);
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
    return new Set(await this.#store.read(filesOfOpen));
  }

  /** How many calls wait. */
  async waiting(): Promise<number> {
    const row = await this.#store.read((transaction) =>
      transaction.get<{ n: number }>(`SELECT count(*) AS n FROM outbox WHERE ${open}`),
    );
    return row?.n ?? 0;
  }

  async #end(
    { id, lane, replyId, fallback, isBeside }: OutboxMessage,
    state: "sent" | "failed",
    messageId?: number,
    album?: number[],
  ): Promise<void> {
    await this.#store.writeBehind(async (transaction) => {
      await transaction.run(
        "UPDATE outbox SET state = ?, message_id = ?, album = ?, ended_at = ? WHERE id = ?",
        state,
        messageId ?? null,
        album ? JSON.stringify(album) : null,
        Date.now(),
        id,
      );
      if (messageId !== undefined && !isBeside) {
        await noteMessage(transaction, conversationKeyOf(lane), messageId);
      }
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

/** When a call may begin, as far as it is known now; a moment that has passed when it may. */
function dueAt({ not_before, chat_id, lane }: OutboxRow, gate: Gate, now: number): number {
  return Math.max(not_before, gate.mayCall(chat_id ?? undefined, kindOf(lane), now));
}
