import type { Update } from "grammy/types";
import { conversationOf } from "../chat/conversation.ts";
import { writtenCommand } from "../chat/message-text.ts";

// These must reach a busy agent at once: they may be what it waits for, or what stops it.
const fastCommands = new Set(["abort", "stop", "status", "screen", "list", "help"]);

/**
 * The inbox lane of an update. Updates of one lane run in the order they came; button presses and
 * the commands that must not wait behind a slow one have a lane of their own per conversation.
 */
export function inboxLane(update: Update): string {
  const { message, callback_query: press } = update;
  const place = message ?? press?.message;
  if (!place) return "other";
  const { key } = conversationOf(place);
  const text = message?.text;
  const command = message && text !== undefined && writtenCommand({ ...message, text });
  const isFast = press !== undefined || (command && fastCommands.has(command.name));
  return isFast ? `${key} fast` : key;
}
