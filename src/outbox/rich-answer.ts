import { chatSettings } from "../chat-settings/chat-settings.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { FormattedText } from "../chat/formatted-text.ts";
import { needsRich, type OwnWords, richMessage } from "../chat/rich/rich.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { richMethod } from "./rich-calls.ts";
import { messagePart, type SaidPart } from "./say.ts";

/** What an agent says, and Switchboard's own words around it. */
export interface RichAnswer extends OwnWords {
  markdown: string;
  /** The same as classic messages, which also stand for a rich one that Telegram refuses. */
  parts: FormattedText[];
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
): Promise<SaidPart | undefined> {
  const isLong = parts.length > 1;
  // Most replies need it nowhere, and that is known without the store.
  if (!needsRich(markdown, "rich", isLong)) return undefined;
  const { format } = await chatSettings(transaction, conversation);
  if (!needsRich(markdown, format, isLong)) return undefined;
  const rich = richMessage(markdown, own);
  if (!rich) return undefined;
  const fallback = {
    classic: parts.map((part) => messagePart(part).fields),
    failed: texts.replies.richLost,
  };
  return { method: richMethod, fields: { rich_message: rich }, fallback };
}
