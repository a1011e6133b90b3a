import { chatSettings } from "../chat-settings/chat-settings.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { FormattedText } from "../chat/formatted-text.ts";
import { needsRich, richMessage } from "../chat/rich.ts";
import { splitText } from "../chat/split.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { outboxLane } from "./lanes.ts";
import { enqueue } from "./outbox.ts";
import { richMethod } from "./rich-calls.ts";
import { say, type SayOptions, target } from "./say.ts";

/** What an agent says. */
export interface Answer {
  markdown: string;
  /** The same as classic messages, which also stand for a rich one that Telegram refuses. */
  parts: FormattedText[];
}

/**
 * Adds an answer to the outbox as one rich message, where its conversation chose that, the answer needs it
 * and Telegram's limits allow it. Whether it did: else it is to be sent as classic messages.
 */
export async function sayRich(
  transaction: Transaction,
  conversation: Conversation,
  { markdown, parts }: Answer,
  { replyId, agent, silent }: Omit<SayOptions, "kind"> = {},
): Promise<boolean> {
  const { format } = await chatSettings(transaction, conversation);
  if (!needsRich(markdown, format, parts.length > 1)) return false;
  const rich = richMessage(markdown);
  if (!rich) return false;
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, "reply"),
    method: richMethod,
    payload: {
      ...target(conversation),
      rich_message: rich,
      ...(silent && { disable_notification: true }),
    },
    replyId,
    agent,
    fallback: { classic: parts.map(classicMessage), failed: texts.replies.richLost },
  });
  return true;
}

/** Adds what an agent says to the outbox, as a rich message or as classic ones. */
export async function sayAnswer(
  transaction: Transaction,
  conversation: Conversation,
  markdown: string,
  options: Omit<SayOptions, "kind"> = {},
): Promise<void> {
  const parts = splitText(markdown).map((text) => ({ text, entities: [] }));
  if (await sayRich(transaction, conversation, { markdown, parts }, options)) return;
  await say(transaction, conversation, markdown, { ...options, kind: "reply" });
}

function classicMessage({ text, entities }: FormattedText): object {
  return {
    text,
    ...(entities.length > 0 && { entities }),
    link_preview_options: { is_disabled: true },
  };
}
