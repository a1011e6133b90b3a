import type { Update } from "grammy/types";
import { conversationOf } from "../chat/conversation.ts";
import { writtenCommand } from "../chat/message-text.ts";

/** The lane of the presses and fast commands of a conversation. */
export function fastLane(key: string): string {
  return `${key} fast`;
}

/**
 * The inbox lane of an update. Updates of one lane run in the order they came. Button presses and
 * the commands that `isFast` names have a lane of their own per conversation: they may be what a
 * busy agent waits for, or what stops it.
 */
export function inboxLane(update: Update, isFast: (command: string) => boolean): string {
  const { message, callback_query: press } = update;
  const place = message ?? press?.message;
  if (!place) return "other";
  const { key } = conversationOf(place);
  if (press) return fastLane(key);
  const command = message && writtenCommand(message);
  return command && isFast(command.name) ? fastLane(key) : key;
}
