import { readLaneHeads } from "../store/lane-heads.ts";
import type { Transaction } from "../store/store.ts";
import { goesBeforeLive } from "./lanes.ts";
import type { OutboxRow } from "./message.ts";

const open = "state IN ('pending', 'sending', 'uncertain')";
const queue = { table: "outbox", order: "id", open } as const;

/**
 * Whether something that a person waits for is on its way to a chat, or could go now: cards, answers to
 * commands, notices, replies.
 */
export async function hasAnswersWaiting(
  transaction: Transaction,
  chatId: number,
): Promise<boolean> {
  const now = Date.now();
  const heads = await readLaneHeads<OutboxRow>(transaction, queue);
  return heads.some(
    ({ lane, chat_id, state, not_before }) =>
      chat_id === chatId && goesBeforeLive(lane) && (state === "sending" || not_before <= now),
  );
}
