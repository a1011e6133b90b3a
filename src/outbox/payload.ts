import { maxTextLength } from "../telegram/text/split.ts";

type Payload = Record<string, unknown>;

/** Marks a message that may be a repeat of one above it. */
const repeatMark = "↻";
const maxCaptionLength = 1024;

/** Whether making the call twice is the same as making it once (Bot API: all but `send…`). */
export function isRepeatable(method: string): boolean {
  return !/^(send(?!ChatAction)|copy|forward)/.test(method);
}

/**
 * The call as a marked repeat: `sendMessage` has no idempotence key, so a second attempt whose
 * first was never answered says that it may be one. Where the text has no room for the mark, a
 * second payload, for `sendMessage`, carries it.
 */
export function asRepeat(method: string, payload: Payload): [repeat: Payload, note?: Payload] {
  const [field, limit] =
    method === "sendMessage" ? ["text", maxTextLength] : ["caption", maxCaptionLength];
  const text = typeof payload[field] === "string" ? payload[field] : "";
  const marked = text === "" ? repeatMark : `${text} ${repeatMark}`;
  if (marked.length <= limit) return [{ ...payload, [field]: marked }];
  const { chat_id, message_thread_id } = payload;
  return [payload, { chat_id, message_thread_id, text: repeatMark }];
}

/** The payload as plain text, or undefined when it has no formatting to give up. */
export function withoutFormatting(payload: Payload): Payload | undefined {
  const { entities, caption_entities, parse_mode, ...plain } = payload;
  return entities || caption_entities || parse_mode ? plain : undefined;
}
