import type { Transaction } from "../store/store.ts";
import { filesIn } from "../telegram/uploads.ts";
import { type NewMessage, storedFiles } from "./message.ts";

/** The signal that a call was added. */
export const outboxSignal = "outbox";

/** Adds a call in the transaction of whatever caused it; resolves to its id. */
export async function enqueue(transaction: Transaction, message: NewMessage): Promise<number> {
  const { chat_id } = message.payload as { chat_id?: number };
  const payload = JSON.stringify(message.payload);
  const row = await transaction.get<{ id: number }>(
    `INSERT INTO outbox
       (lane, method, payload, agent, bytes, reply_id, subject, chat_id, file, is_pinned, is_beside,
        speech, fallback, not_before, state, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) RETURNING id`,
    message.lane,
    message.method,
    payload,
    message.agent ?? null,
    payload.length + (message.fileBytes ?? 0),
    message.replyId ?? null,
    message.subject ?? null,
    chat_id ?? null,
    storedFiles(filesIn(message.payload).map(({ path }) => path)),
    message.isPinned === true ? 1 : 0,
    message.isBeside === true ? 1 : 0,
    message.speech ? JSON.stringify(message.speech) : null,
    message.fallback ? JSON.stringify(message.fallback) : null,
    message.notBefore ?? 0,
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
