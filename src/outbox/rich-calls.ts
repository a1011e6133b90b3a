import { repeatMark } from "../chat/limits.ts";
import { unknownMethod } from "../telegram/api.ts";
import type { CallOutcome } from "../telegram/call.ts";
import type { OtherCall, OutboxMessage } from "./message.ts";

/** The method of rich messages (Bot API 10.1). */
export const richMethod = "sendRichMessage";

/** The fields of a message that follows another in its place. */
export interface Part {
  [field: string]: unknown;
  /** `sendMessage` when undefined. */
  method?: string;
  /** It says itself whose words the one before it were. */
  isSpeaker?: boolean;
}

type Refused = Extract<CallOutcome, { kind: "refused" }>;

/** Whether the Bot API server says that it knows no rich messages; no other refusal says that. */
export function isRichUnknown({ status, description }: Refused): boolean {
  return status === 404 && description === unknownMethod;
}

/**
 * The messages that stand for a rich one that was refused: the first of them, and the others after it.
 * Undefined for a message that may have arrived in an earlier attempt: it keeps its form, unless the server
 * cannot have taken it.
 */
export function classicForm(message: OutboxMessage, refused: Refused): OtherCall | undefined {
  const { method, payload, possibleDuplicate, speech } = message;
  const { classic, ...fallback } = message.fallback;
  if (method !== richMethod || !classic?.length) return undefined;
  if (possibleDuplicate && !isRichUnknown(refused)) return undefined;
  const { rich_message: _rich, reply_markup: keyboard, ...place } = payload;
  const [first, ...next] = classic.map((fields, index) =>
    keyboard !== undefined && index === classic.length - 1
      ? { ...fields, reply_markup: keyboard }
      : fields,
  );
  return partOf({ ...place, ...first }, fallback, next, speech);
}

/** What goes out in the place of a message that was sent, if more parts follow it. */
export function nextPart(message: OutboxMessage): OtherCall | undefined {
  const { payload, fallback: before, speech } = message;
  const { next: [first, ...next] = [], ...fallback } = before;
  if (!first) return undefined;
  // The first of them is the one that quotes.
  const rest = speech && { ...speech, answers: undefined };
  return partOf({ ...placeOf(payload), ...first }, fallback, next, rest);
}

/** Where and how a payload is shown, without what is shown. */
export function placeOf(payload: OtherCall["payload"]): OtherCall["payload"] {
  const place = ["chat_id", "message_thread_id", "disable_notification"];
  return Object.fromEntries(Object.entries(payload).filter(([name]) => place.includes(name)));
}

/** A part of several, of which `next` follow it. */
export function partOf(
  { method = "sendMessage", isSpeaker = false, ...payload }: Part,
  fallback: OtherCall["fallback"],
  next: object[],
  speech: OtherCall["speech"],
): OtherCall {
  const rest = next.length > 0 ? { ...fallback, next } : fallback;
  return { method, payload, fallback: rest, speech: isSpeaker ? undefined : speech };
}

/** A rich message with the mark of a repeat at its end. */
export function richRepeat(payload: Record<string, unknown>): Record<string, unknown> {
  const { rich_message: rich } = payload as { rich_message?: { markdown?: string } };
  const markdown = `${rich?.markdown ?? ""}\n\n${repeatMark.trim()}`;
  return { ...payload, rich_message: { ...rich, markdown } };
}

/**
 * Whether the Bot API server knows rich messages, as it said last; until it said anything, it does. Where it
 * does not, what has a classic form takes it without a call.
 */
export class RichSupport {
  #unknown: Refused | undefined;

  /** Takes note of how a call ended. */
  learn({ method }: OutboxMessage, outcome: CallOutcome): void {
    if (method !== richMethod) return;
    if (outcome.kind === "ok") this.#unknown = undefined;
    else if (outcome.kind === "refused" && isRichUnknown(outcome)) this.#unknown = outcome;
  }

  /** How a call would end that need not be made; undefined for one that has to be. */
  outcomeOf({ method, fallback, possibleDuplicate }: OutboxMessage): CallOutcome | undefined {
    const hasOther = method === richMethod && !possibleDuplicate && fallback.classic !== undefined;
    return hasOther ? this.#unknown : undefined;
  }
}
