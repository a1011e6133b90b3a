import type { Transaction } from "../store/store.ts";
import { owe } from "./outbox.ts";

/** What becomes of a prompt, shown on the operator's own message; from Telegram's fixed list. */
export const reactions = { accepted: "👀", working: "✍", done: "👍", failed: "💔" } as const;

/** The message a reaction stands on. */
export interface ReactedMessage {
  conversation: string;
  chatMessageId: number;
}

/**
 * Owes a reaction to a message. Only the newest one counts, so those of the same message that were
 * not sent yet are dropped; reactions have a lane of their own and hold up no words.
 */
export function react(
  transaction: Transaction,
  { conversation, chatMessageId }: ReactedMessage,
  reaction: keyof typeof reactions,
): void {
  const subject = `reaction ${conversation} ${chatMessageId}`;
  transaction.run("DELETE FROM outbox WHERE subject = ? AND state = 'pending'", subject);
  owe(transaction, {
    lane: `${conversation} reactions`,
    subject,
    method: "setMessageReaction",
    payload: {
      chat_id: Number(conversation.split(":")[0]),
      message_id: chatMessageId,
      reaction: [{ type: "emoji", emoji: reactions[reaction] }],
    },
  });
}
