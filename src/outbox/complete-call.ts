import type { Transaction } from "../store/store.ts";
import type { Fallback } from "./fallback.ts";
import type { CallState, OutboxMessage, OutboxRow } from "./message.ts";

/** The id of the message that a call made; undefined when it has made none. */
export async function messageIdOf(
  transaction: Transaction,
  id: number,
): Promise<number | undefined> {
  const row = await transaction.get<Pick<OutboxRow, "message_id">>(
    "SELECT message_id FROM outbox WHERE id = ?",
    id,
  );
  return row?.message_id ?? undefined;
}

/** What became of a call so far; undefined when it is not kept any more. */
export async function callState(
  transaction: Transaction,
  id: number,
): Promise<{ state: CallState; messageId: number | undefined } | undefined> {
  const row = await transaction.get<Pick<OutboxRow, "state" | "message_id">>(
    "SELECT state, message_id FROM outbox WHERE id = ?",
    id,
  );
  return row && { state: row.state, messageId: row.message_id ?? undefined };
}

/** The payload that goes out, and what may still replace it. */
export async function completed(
  transaction: Transaction,
  row: OutboxRow,
): Promise<Pick<OutboxMessage, "payload" | "fallback">> {
  const asked = JSON.parse(row.payload) as Record<string, unknown>;
  const fallback = JSON.parse(row.fallback ?? "{}") as Fallback;
  const { needs = [], unmet, ...rest } = fallback;
  if (!unmet || (await areSent(transaction, needs))) {
    return { payload: await withMessageId(transaction, asked), fallback };
  }
  // What is plainer than the payload shows as much as the payload, so it is no way out either.
  const { failed } = rest;
  const payload = await withMessageId(transaction, { ...asked, ...unmet });
  return { payload, fallback: failed === undefined ? {} : { failed } };
}

async function areSent(transaction: Transaction, ids: number[]): Promise<boolean> {
  for (const id of ids) {
    const row = await transaction.get<Pick<OutboxRow, "state">>(
      "SELECT state FROM outbox WHERE id = ?",
      id,
    );
    if (row?.state !== "sent") return false;
  }
  return true;
}

async function withMessageId(
  transaction: Transaction,
  payload: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { message_of: earlier, ...rest } = payload;
  if (typeof earlier !== "number") return payload;
  const made = await messageIdOf(transaction, earlier);
  return made === undefined ? payload : { ...rest, message_id: made };
}
