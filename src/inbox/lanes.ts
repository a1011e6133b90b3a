import type { Update } from "grammy/types";
import { conversation, conversationOf } from "../chat/conversation.ts";
import { writtenCommand } from "../chat/message-text.ts";
import { isUrgentKey } from "../chat/urgent-key.ts";

/** Which commands go ahead of prompts, and of everything; see `inboxLane`. */
export interface Ahead {
  isFast: (command: string) => boolean;
  isUrgent: (command: string) => boolean;
}

/** The lane of the presses and fast commands of a conversation. */
export function fastLane(key: string): string {
  return `${key} fast`;
}

/** The lane of what ends a turn in a conversation. */
export function urgentLane(key: string): string {
  return `${key} urgent`;
}

/**
 * The inbox lane of an update. Updates of one lane run in the order they came. Button presses and
 * fast commands have a lane of their own per conversation: they may be what a busy agent waits for.
 * What ends a turn is urgent and has another one, since a fast command may wait for opencode.
 */
export function inboxLane(update: Update, { isFast, isUrgent }: Ahead): string {
  const { message, callback_query: press, stopped_message_generation: stopped } = update;
  const { edited_message: edited, message_reaction: reacted } = update;
  if (stopped) return urgentLane(conversation(stopped.chat.id, stopped.message_thread_id).key);
  // A reaction does not say in which topic its message is.
  if (reacted) return conversation(reacted.chat.id).key;
  const place = message ?? edited ?? press?.message;
  if (!place) return "other";
  const { key } = conversationOf(place);
  if (press) return isUrgentKey(press.data) ? urgentLane(key) : fastLane(key);
  const command = message && writtenCommand(message);
  if (command && isUrgent(command.name)) return urgentLane(key);
  return command && isFast(command.name) ? fastLane(key) : key;
}
