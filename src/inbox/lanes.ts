import type { Update } from "grammy/types";
import { conversation, conversationOf } from "../chat/conversation.ts";
import { writtenCommand } from "../chat/message-text.ts";

/**
 * The inbox lane of an update. Updates of one lane run in the order they came. Button presses,
 * Telegram's own Stop and the commands that `isFast` names have a lane of their own per conversation: they may be what a
 * busy agent waits for, or what stops it.
 */
export function inboxLane(update: Update, isFast: (command: string) => boolean): string {
  const { message, callback_query: press, stopped_message_generation: stopped } = update;
  if (stopped) return `${conversation(stopped.chat.id, stopped.message_thread_id).key} fast`;
  const place = message ?? press?.message;
  if (!place) return "other";
  const { key } = conversationOf(place);
  if (press) return `${key} fast`;
  const command = message && writtenCommand(message);
  return command && isFast(command.name) ? `${key} fast` : key;
}
