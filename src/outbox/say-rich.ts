import { chatSettings } from "../chat-settings/chat-settings.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { FormattedText } from "../chat/formatted-text.ts";
import { needsRich, type OwnWords, richMessage } from "../chat/rich.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { outboxLane } from "./lanes.ts";
import type { NewMessage } from "./message.ts";
import { enqueue } from "./outbox.ts";
import { richMethod } from "./rich-calls.ts";
import { type SayOptions, target } from "./say.ts";

/** What an agent says, and Switchboard's own words around it. */
export interface RichAnswer extends OwnWords {
  markdown: string;
  /** The same as classic messages, which also stand for a rich one that Telegram refuses. */
  parts: FormattedText[];
}

/** What of a call shows an answer as one rich message. */
export interface RichCall extends Required<Pick<NewMessage, "method" | "fallback">> {
  fields: object;
}

/**
 * The call that shows an answer as one rich message, where its conversation chose that, the answer needs it
 * and Telegram's limits allow it; else undefined, and it is to be sent as classic messages. `reply_parameters`
 * and `reply_markup` may go beside its fields, and also stand on the first and last of the classic messages.
 */
export async function richCall(
  transaction: Transaction,
  conversation: Conversation,
  { markdown, parts, ...own }: RichAnswer,
): Promise<RichCall | undefined> {
  const { format } = await chatSettings(transaction, conversation);
  if (!needsRich(markdown, format, parts.length > 1)) return undefined;
  const rich = richMessage(markdown, own);
  if (!rich) return undefined;
  const fallback = { classic: parts.map(classicMessage), failed: texts.replies.richLost };
  return { method: richMethod, fields: { rich_message: rich }, fallback };
}

/** Adds an answer to the outbox as one rich message, where `richCall` makes one of it; whether it did. */
export async function sayRich(
  transaction: Transaction,
  conversation: Conversation,
  answer: RichAnswer,
  { kind = "urgent", replyId, agent, silent }: SayOptions,
): Promise<boolean> {
  const rich = await richCall(transaction, conversation, answer);
  if (!rich) return false;
  const { method, fields, fallback } = rich;
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, kind),
    method,
    payload: {
      ...target(conversation),
      ...fields,
      ...(silent && { disable_notification: true }),
    },
    replyId,
    agent,
    fallback,
  });
  return true;
}

function classicMessage({ text, entities }: FormattedText): object {
  return {
    text,
    ...(entities.length > 0 && { entities }),
    link_preview_options: { is_disabled: true },
  };
}
