import type { Transaction } from "../store/store.ts";
import { conversationKeyOf } from "./lanes.ts";
import type { OutboxMessage } from "./message.ts";
import { type Introduce, spoken } from "./speech.ts";

/** What of a call is other when it goes out: an agent's words say who speaks, as that is now. */
export async function asSpoken(
  transaction: Transaction,
  { id, lane, payload, speech: given, fallback }: OutboxMessage,
  introduce: Introduce,
): Promise<Partial<OutboxMessage>> {
  if (!given) return {};
  // Where other messages follow in its place, it is not the last yet.
  const speech = fallback.next ? { ...given, isLast: false } : given;
  const call = { id, payload, speech, conversation: conversationKeyOf(lane) };
  const { payload: now, below } = await spoken(transaction, call, introduce);
  const unspoken = { payload, fallback };
  if (!below) return { payload: now, unspoken };
  return {
    payload: now,
    unspoken,
    fallback: { ...fallback, next: [{ ...below, isSpeaker: true }] },
  };
}
