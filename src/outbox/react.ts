import { conversationFromKey } from "../chat/conversation.ts";
import type { Transaction } from "../store/store.ts";
import { outboxLane } from "./lanes.ts";
import { dropPending, enqueue } from "./enqueue.ts";

/** What becomes of a prompt, shown on the operator's own message; from Telegram's fixed list. */
export const reactions = { accepted: "👀", working: "✍", done: "👍", failed: "💔" } as const;

// What the reaction is about goes first: the prompt, or the answer.
const afterMs = 50;

/** The message that gets a reaction. */
export interface ReactedMessage {
  conversation: string;
  chatMessageId: number;
}

/**
 * Adds a reaction to a message. Only the newest one counts, so those of the same message that were
 * not sent yet are dropped; reactions have a lane of their own, hold up no messages and go a moment after them.
 */
export async function react(
  transaction: Transaction,
  { conversation, chatMessageId }: ReactedMessage,
  reaction: keyof typeof reactions,
): Promise<void> {
  const subject = `reaction ${conversation} ${chatMessageId}`;
  await dropPending(transaction, subject);
  await enqueue(transaction, {
    lane: outboxLane(conversation, "reaction"),
    subject,
    notBefore: Date.now() + afterMs,
    method: "setMessageReaction",
    payload: {
      chat_id: conversationFromKey(conversation).chatId,
      message_id: chatMessageId,
      reaction: [{ type: "emoji", emoji: reactions[reaction] }],
    },
  });
}
