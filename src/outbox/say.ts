import { owe } from "./outbox.ts";
import type { Transaction } from "../store/store.ts";
import type { Conversation } from "../chat/conversation.ts";
import { splitText } from "../chat/split.ts";

/** How a text is sent. */
export interface SayOptions {
  replyId?: string;
  silent?: boolean;
}

/** Where a call goes: the chat and, in a topic, its thread. */
export function target(conversation: Conversation) {
  return {
    chat_id: conversation.chatId,
    ...(conversation.threadId !== undefined && { message_thread_id: conversation.threadId }),
  };
}

/**
 * Owes a plain text to a conversation, in as many messages as it takes.
 * Link previews are off: fetching a URL the agent wrote could carry data away.
 */
export function say(
  transaction: Transaction,
  conversation: Conversation,
  text: string,
  { replyId, silent }: SayOptions = {},
): void {
  for (const part of splitText(text)) {
    owe(transaction, {
      lane: conversation.key,
      method: "sendMessage",
      payload: {
        ...target(conversation),
        text: part,
        link_preview_options: { is_disabled: true },
        ...(silent && { disable_notification: true }),
      },
      replyId,
    });
  }
}
