import { Refusal } from "../errors.ts";
import type { Transaction } from "../store/store.ts";
import { asideLane, asidePrefix } from "./lanes.ts";
import { filesOf, type OutboxMessage } from "./message.ts";
import { outboxSignal } from "./enqueue.ts";
import { replySignal } from "./outbox.ts";
import { open } from "./states.ts";

/** The signal that a call was given up unsent; its subject is the path of the file it was to send. */
export const droppedFileSignal = "dropped file";
/** Whose the replies are that no agent sends. */
export const programs = "programs";

// The index on the open calls of agents is used only where its own condition is repeated.
const ofAgents = `agent IS NOT NULL AND ${open}`;
const maxCalls = 200;
const maxBytes = 100 * 1024 * 1024;
// More that keep failing at once is no fault of theirs: Telegram itself fails.
const maxAside = 3;

/**
 * Refuses what one agent adds beyond its share of the outbox: 200 messages or 100 MB that wait. One reply
 * may go beyond it, so that none is too large for ever.
 * @throws Refusal 429
 */
export async function requireRoom(
  transaction: Transaction,
  agent: string,
  addedBytes: number,
): Promise<void> {
  // An album is as many messages as it has files, which are stored as JSON; see `storedFiles`.
  // PostgreSQL's sum is a number too large for JavaScript, so it comes as text.
  const row = await transaction.get<{ calls: number | string; bytes: number | string }>(
    `SELECT
       coalesce(sum(1 + coalesce(length(file) - length(replace(file, '","', '')), 0) / 3), 0) AS calls,
       coalesce(sum(bytes), 0) AS bytes
     FROM outbox WHERE agent = ? AND ${ofAgents}`,
    agent,
  );
  const calls = Number(row?.calls ?? 0);
  const isFull =
    calls >= maxCalls || (calls > 0 && Number(row?.bytes ?? 0) + addedBytes > maxBytes);
  if (isFull) throw new Refusal(429, "Too much of this agent waits to be sent. Try again later.");
}

/** Gives up what waits of an agent's replies and is not under way; the number of replies. */
export async function dropReplies(transaction: Transaction, agent: string): Promise<number> {
  const rows = await transaction.all<{ reply_id: string | null; file: string | null }>(
    `UPDATE outbox SET state = 'failed', ended_at = ?
     WHERE agent = ? AND ${ofAgents} AND state != 'sending' RETURNING reply_id, file`,
    Date.now(),
    agent,
  );
  const replies = new Set(rows.flatMap(({ reply_id }) => reply_id ?? []));
  for (const id of replies) transaction.notify(replySignal, id);
  for (const { file } of rows) {
    for (const path of filesOf(file)) transaction.notify(droppedFileSignal, path);
  }
  return replies.size;
}

/**
 * Puts a call that keeps failing in a lane of its own, with the rest of its reply, so that those behind
 * it pass. Only replies can: among other calls the order matters. Whether it was put there.
 */
export async function putAside(
  transaction: Transaction,
  { id, lane, replyId }: OutboxMessage,
): Promise<boolean> {
  if (replyId === undefined || lane.includes(asidePrefix(""))) return false;
  const aside = await transaction.get<{ n: number }>(
    `SELECT count(DISTINCT lane) AS n FROM outbox WHERE lane LIKE ? AND ${ofAgents}`,
    `${asidePrefix(lane)}%`,
  );
  if ((aside?.n ?? 0) >= maxAside) return false;
  await transaction.run(
    `UPDATE outbox SET lane = ? WHERE reply_id = ? AND lane = ? AND ${ofAgents}`,
    asideLane(lane, id),
    replyId,
    lane,
  );
  transaction.notify(outboxSignal);
  return true;
}
