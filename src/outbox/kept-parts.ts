import type { Store } from "../store/store.ts";
import type { CallOutcome } from "../telegram/call.ts";
import type { OutboxMessage, OutboxRow } from "./message.ts";

/**
 * Keeps a message that an agent's words made, before another one takes its place in their call: an operator may
 * react to it. See `spokenIn`.
 */
export async function keepPart(
  store: Store,
  { id, speech }: Pick<OutboxMessage, "id" | "speech">,
  { messageId, album }: Omit<Extract<CallOutcome, { kind: "ok" }>, "kind">,
): Promise<void> {
  if (!speech || messageId === undefined) return;
  await store.writeBehind(async (transaction) => {
    const row = await transaction.get<OutboxRow>("SELECT * FROM outbox WHERE id = ?", id);
    if (!row) return;
    // It is no part of the reply: that has one call for it, which goes on.
    await transaction.run(
      `INSERT INTO outbox
         (lane, method, payload, chat_id, speech, fallback, state, created_at, ended_at, message_id, album)
       VALUES (?, ?, ?, ?, ?, ?, 'sent', ?, ?, ?, ?)`,
      row.lane,
      row.method,
      row.payload,
      row.chat_id,
      row.speech,
      row.fallback,
      row.created_at,
      Date.now(),
      messageId,
      album ? JSON.stringify(album) : null,
    );
  });
}
