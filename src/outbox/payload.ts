import { maxCaptionLength, repeatMark } from "../chat/limits.ts";
import { withoutCommands } from "../chat/markdown/taps.ts";
import { withAlbum } from "./album.ts";
import type { SpentKind } from "./budget.ts";
import { richMethod, richRepeat } from "./rich-calls.ts";
import { introductionRoom, longestSpoken } from "./speech.ts";

/** What a method is to Telegram's limits. */
export function spentKindOf(method: string): SpentKind {
  if (method === "setMessageReaction") return "reaction";
  return /^(edit|delete)/.test(method) ? "edit" : "message";
}

type Payload = Record<string, unknown>;

const longestCaption = maxCaptionLength - introductionRoom;

/** Whether making the call twice is the same as making it once (Bot API: all but `send…`). */
export function isRepeatable(method: string): boolean {
  return !/^(send(?!ChatAction)|copy|forward)/.test(method);
}

/** Whether a call that may have taken effect is not made again: what a voice message says stands in a text. */
export function isAtMostOnce(method: string): boolean {
  return method === "sendVoice";
}

/**
 * The call as a marked repeat: no `send…` method knows an idempotence key, so a second attempt whose
 * first was never answered says that it may be one.
 */
export function asRepeat(method: string, payload: Payload): Payload {
  if (method === richMethod) return richRepeat(payload);
  const album = withAlbum(payload, (item, index) =>
    index === 0 ? asRepeat("sendDocument", item) : undefined,
  );
  if (album) return album;
  const field = method === "sendMessage" ? "text" : "caption";
  const text = typeof payload[field] === "string" ? payload[field] : "";
  // What the text begins with stays: the entities count from there.
  return { ...payload, [field]: text === "" ? repeatMark.trimStart() : `${text}${repeatMark}` };
}

/** The payload for the conversation at large, or undefined when it is for no topic of its own. */
export function withoutTopic(payload: Payload): Payload | undefined {
  const { message_thread_id: topic, ...rest } = payload;
  return topic === undefined ? undefined : rest;
}

/**
 * The payload as plain text, or undefined when it has no formatting to give up. What was code must not become a
 * command by that.
 */
export function withoutFormatting(payload: Payload): Payload | undefined {
  const album = withAlbum(payload, withoutFormatting);
  if (album) return album;
  const { entities, caption_entities, parse_mode, ...plain } = payload;
  if (!entities && !caption_entities && !parse_mode) return undefined;
  const { text, caption } = plain;
  return {
    ...plain,
    ...(typeof text === "string" && { text: withoutCommands(text, longestSpoken) }),
    ...(typeof caption === "string" && { caption: withoutCommands(caption, longestCaption) }),
  };
}
