import type { Transaction } from "../store/store.ts";
import { conversationKeyOf } from "./lanes.ts";
import type { OutboxMessage } from "./message.ts";
import { type Introduce, spokenPayload } from "./speech.ts";

/** What of a call is other when it goes out: an agent's words say who speaks, as that is now. */
export async function asSpoken(
  transaction: Transaction,
  { id, lane, payload, speech: spoken, fallback }: OutboxMessage,
  introduce: Introduce,
): Promise<Partial<OutboxMessage>> {
  if (!spoken) return {};
  // Where other messages follow in its place, it is not the last yet.
  const speech = fallback.next ? { ...spoken, isLast: false } : spoken;
  const call = { id, payload, speech, conversation: conversationKeyOf(lane) };
  return { payload: await spokenPayload(transaction, call, introduce), unspoken: payload };
}
