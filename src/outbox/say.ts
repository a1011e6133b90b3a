import type { Conversation } from "../chat/conversation.ts";
import { shortened } from "../chat/formatted-text.ts";
import { splitText } from "../chat/split.ts";
import type { Transaction } from "../store/store.ts";
import { outboxLane } from "./lanes.ts";
import { enqueue } from "./outbox.ts";

// Most characters of the answer to a press (Bot API, answerCallbackQuery).
const maxNoticeLength = 200;

/** How a text is sent. */
export interface SayOptions {
  /** `reply` for what an agent says; default `urgent`. */
  kind?: "urgent" | "reply";
  replyId?: string;
  /** Whose reply it is; see `NewMessage`. */
  agent?: string;
  silent?: boolean;
}

/** Buttons as Telegram's `inline_keyboard`. */
export type Keyboard = { text: string; callback_data: string }[][];

/** Where a call goes: the chat and, in a topic, its thread. */
export function target(conversation: Conversation) {
  return {
    chat_id: conversation.chatId,
    ...(conversation.threadId !== undefined && { message_thread_id: conversation.threadId }),
  };
}

/**
 * Adds a plain text for a conversation to the outbox, in as many messages as it takes.
 * Link previews are off: fetching a URL the agent wrote could carry data away.
 */
export async function say(
  transaction: Transaction,
  conversation: Conversation,
  text: string,
  options: SayOptions = {},
): Promise<void> {
  await sayWithButtons(transaction, conversation, text, options);
}

/** The same with buttons under the last of its messages; resolves to the call that makes that one. */
export async function sayWithButtons(
  transaction: Transaction,
  conversation: Conversation,
  text: string,
  { kind = "urgent", replyId, agent, silent }: SayOptions,
  keyboard?: Keyboard,
): Promise<number | undefined> {
  const parts = splitText(text);
  let last: number | undefined;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    last = await enqueue(transaction, {
      lane: outboxLane(conversation.key, kind),
      method: "sendMessage",
      payload: {
        ...target(conversation),
        text: part,
        link_preview_options: { is_disabled: true },
        ...(silent && { disable_notification: true }),
        ...(keyboard && isLast && { reply_markup: { inline_keyboard: keyboard } }),
      },
      replyId,
      agent,
    });
  }
  return last;
}

/** Answers the press of a button; Telegram shows `text`, at most 200 characters, for a moment. */
export async function answerPress(
  transaction: Transaction,
  queryId: string,
  text: string,
): Promise<void> {
  await enqueue(transaction, {
    // A lane of its own: Telegram drops the query after 150 s, whatever else waits in the chat.
    lane: `query ${queryId}`,
    method: "answerCallbackQuery",
    payload: { callback_query_id: queryId, text: shortened(text, maxNoticeLength) },
  });
}
