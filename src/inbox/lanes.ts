import type { Update } from "grammy/types";
import { conversationOf } from "../telegram/conversation.ts";

// These must reach a busy agent at once: they may be what it waits for, or what stops it.
const fastCommands = /^\/(abort|stop|status|screen|list|help)(@\w+)?(\s|$)/;

/**
 * The inbox lane of an update. Updates of one lane run in the order they came; button presses and
 * the commands that must not wait behind a slow one have a lane of their own per conversation.
 */
export function inboxLane(update: Update): string {
  const message = update.message ?? update.callback_query?.message;
  if (!message) return "other";
  const { key } = conversationOf(message);
  const isFast =
    update.callback_query !== undefined || fastCommands.test(update.message?.text ?? "");
  return isFast ? `${key} fast` : key;
}
