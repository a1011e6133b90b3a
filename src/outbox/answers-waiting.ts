import { readLaneHeads } from "../store/lane-heads.ts";
import type { Transaction } from "../store/store.ts";
import { goesBeforeLive } from "./lanes.ts";
import type { OutboxRow } from "./message.ts";
import { openLanes } from "./states.ts";

/**
 * Whether something that a person waits for is on its way to a chat, or could go now: cards, answers to
 * commands, notices, replies.
 */
export async function hasAnswersWaiting(
  transaction: Transaction,
  chatId: number,
): Promise<boolean> {
  const now = Date.now();
  const heads = await readLaneHeads<OutboxRow>(transaction, openLanes);
  return heads.some(
    ({ lane, chat_id, state, not_before }) =>
      chat_id === chatId && goesBeforeLive(lane) && (state === "sending" || not_before <= now),
  );
}
