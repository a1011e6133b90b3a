import { repeatMark } from "../chat/limits.ts";
import type { SpentKind } from "./budget.ts";
import { richMethod, richRepeat } from "./rich-calls.ts";

/** What a method is to Telegram's limits. */
export function spentKindOf(method: string): SpentKind {
  if (method === "setMessageReaction") return "reaction";
  return /^(edit|delete)/.test(method) ? "edit" : "message";
}

type Payload = Record<string, unknown>;

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

/** The payload as plain text, or undefined when it has no formatting to give up. */
export function withoutFormatting(payload: Payload): Payload | undefined {
  const { entities, caption_entities, parse_mode, ...plain } = payload;
  return entities || caption_entities || parse_mode ? plain : undefined;
}
