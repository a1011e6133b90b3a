import type { Conversation } from "../chat/conversation.ts";
import { type FormattedText, joined, shortened } from "../chat/formatted-text.ts";
import { splitFormatted } from "../chat/markdown/split.ts";
import type { Transaction } from "../store/store.ts";
import { outboxLane, queryLane } from "./lanes.ts";
import type { NewMessage } from "./message.ts";
import { enqueue } from "./enqueue.ts";
import { type Speech, speechOfPart } from "./speech.ts";

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
  /** Whose words they are, if an agent says them. */
  speech?: Speech | undefined;
  /** Buttons below the last part. */
  keyboard?: Keyboard | undefined;
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

/** One call of what is said: a message or a file. */
export interface SaidPart extends Pick<NewMessage, "method" | "fileBytes" | "fallback"> {
  fields: object;
}

/** A message as part of what is said; link previews are off, since fetching a URL could carry data away. */
export function messagePart({ text, entities }: FormattedText): SaidPart {
  const fields = {
    text,
    ...(entities.length > 0 && { entities }),
    link_preview_options: { is_disabled: true },
  };
  return { method: "sendMessage", fields };
}

/** Adds a plain text for a conversation to the outbox, in as many messages as it takes. */
export async function say(
  transaction: Transaction,
  conversation: Conversation,
  text: string,
  options: SayOptions = {},
): Promise<void> {
  const messages = splitFormatted(joined(text)).map(messagePart);
  await sayParts(transaction, conversation, messages, options);
}

/** Adds what is said in a conversation to the outbox; resolves to the call of its last part. */
export async function sayParts(
  transaction: Transaction,
  conversation: Conversation,
  parts: readonly SaidPart[],
  { kind = "urgent", replyId, agent, silent, speech, keyboard }: SayOptions = {},
): Promise<number | undefined> {
  let last: number | undefined;
  for (const [index, { fields, ...call }] of parts.entries()) {
    const isLast = index === parts.length - 1;
    last = await enqueue(transaction, {
      ...call,
      lane: outboxLane(conversation.key, kind),
      payload: {
        ...target(conversation),
        ...fields,
        ...(silent && { disable_notification: true }),
        ...(isLast && keyboard && { reply_markup: { inline_keyboard: keyboard } }),
      },
      replyId,
      agent,
      speech: speechOfPart(speech, index, parts.length),
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
    lane: queryLane(queryId),
    method: "answerCallbackQuery",
    payload: { callback_query_id: queryId, text: shortened(text, maxNoticeLength) },
  });
}
