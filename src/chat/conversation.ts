import type { MaybeInaccessibleMessage } from "grammy/types";

/** One Telegram chat, or one topic of it. */
export interface Conversation {
  /** `chat` or `chat:topic`; names the conversation in the store and its lanes. */
  key: string;
  chatId: number;
  threadId: number | undefined;
}

/** The conversation of a chat and, when given, one of its topics. */
export function conversation(chatId: number, threadId?: number): Conversation {
  return { key: threadId === undefined ? `${chatId}` : `${chatId}:${threadId}`, chatId, threadId };
}

/**
 * The conversation a message belongs to. `message_thread_id` is also set on plain replies in
 * supergroups, so only `is_topic_message` makes it a topic (Bot API, Message).
 */
export function conversationOf(message: MaybeInaccessibleMessage): Conversation {
  const isTopic = "is_topic_message" in message && message.is_topic_message;
  return conversation(message.chat.id, isTopic ? message.message_thread_id : undefined);
}

/** The conversation a key names. */
export function conversationFromKey(key: string): Conversation {
  const [chatId, threadId] = key.split(":");
  return conversation(Number(chatId), threadId === undefined ? undefined : Number(threadId));
}
