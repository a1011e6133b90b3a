import type { Update } from "grammy/types";
import { conversationOf } from "../chat/conversation.ts";
import { writtenCommand } from "../chat/message-text.ts";
import { isUrgentKey } from "../chat/urgent-key.ts";

/** Which commands go ahead of prompts, and of everything; see `inboxLane`. */
export interface Ahead {
  isFast: (command: string) => boolean;
  isUrgent: (command: string) => boolean;
}

/**
 * The inbox lane of an update. Updates of one lane run in the order they came. Button presses and
 * fast commands have a lane of their own per conversation: they may be what a busy agent waits for.
 * What ends a turn is urgent and has another one, since a fast command may wait for opencode.
 */
export function inboxLane(update: Update, { isFast, isUrgent }: Ahead): string {
  const { message, callback_query: press } = update;
  const place = message ?? press?.message;
  if (!place) return "other";
  const { key } = conversationOf(place);
  if (press) return `${key} ${isUrgentKey(press.data) ? "urgent" : "fast"}`;
  const command = message && writtenCommand(message);
  if (command && isUrgent(command.name)) return `${key} urgent`;
  return command && isFast(command.name) ? `${key} fast` : key;
}
