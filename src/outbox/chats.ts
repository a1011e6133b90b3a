import type { Transaction } from "../store/store.ts";
import { outboxLane } from "./lanes.ts";
import type { OutboxRow } from "./message.ts";
import { outboxSignal } from "./enqueue.ts";
import { forgetMessages } from "./speech.ts";
import { open } from "./states.ts";

/** Gives up what waits for chats outside `allowedChats`; the number of calls. */
export async function dropOtherChats(
  transaction: Transaction,
  allowedChats: readonly number[],
): Promise<number> {
  const { changes } = await transaction.run(
    `UPDATE outbox SET state = 'failed', ended_at = ?
     WHERE ${open} AND chat_id NOT IN (${allowedChats.map(() => "?").join(", ")})`,
    Date.now(),
    ...allowedChats,
  );
  return changes;
}

/** Sends what waits for a chat to its new id. */
export async function moveCalls(transaction: Transaction, from: number, to: number): Promise<void> {
  const rows = await transaction.all<Pick<OutboxRow, "id" | "lane" | "payload" | "speech">>(
    `SELECT id, lane, payload, speech FROM outbox WHERE ${open} AND chat_id = ?`,
    from,
  );
  for (const { id, lane, payload, speech } of rows) {
    await transaction.run(
      `UPDATE outbox SET chat_id = ?, lane = ?, payload = ?, speech = ?, not_before = 0
       WHERE id = ?`,
      to,
      `${to}${lane.slice(`${from}`.length)}`,
      JSON.stringify({ ...(JSON.parse(payload) as object), chat_id: to }),
      // Its messages have other numbers there.
      speech === null ? null : JSON.stringify({ ...JSON.parse(speech), answers: undefined }),
      id,
    );
  }
  await forgetMessages(transaction, `${from}`);
  transaction.notify(outboxSignal);
}

/** Tries what waits for a conversation again at once: its operator has written, so it is reachable. */
export async function retryNow(transaction: Transaction, key: string): Promise<void> {
  const { changes } = await transaction.run(
    `UPDATE outbox SET not_before = 0
     WHERE lane IN (?, ?, ?, ?) AND ${open} AND state != 'sending' AND not_before > ?`,
    outboxLane(key, "urgent"),
    outboxLane(key, "reply"),
    outboxLane(key, "live"),
    outboxLane(key, "reaction"),
    Date.now(),
  );
  if (changes > 0) transaction.notify(outboxSignal);
}
