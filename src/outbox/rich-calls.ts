import { repeatMark } from "../chat/limits.ts";
import { unknownMethod } from "../telegram/api.ts";
import type { CallOutcome } from "../telegram/call.ts";
import type { OutboxMessage } from "./message.ts";

/** The method of rich messages (Bot API 10.1). */
export const richMethod = "sendRichMessage";

type Other = Pick<OutboxMessage, "method" | "payload" | "fallback">;
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
export function classicForm(message: OutboxMessage, refused: Refused): Other | undefined {
  const { method, payload, possibleDuplicate } = message;
  const { classic, ...fallback } = message.fallback;
  if (method !== richMethod || !classic?.length) return undefined;
  if (possibleDuplicate && !isRichUnknown(refused)) return undefined;
  const { rich_message: _rich, reply_markup: keyboard, ...place } = payload;
  const [first, ...next] = classic.map((fields, index) =>
    keyboard !== undefined && index === classic.length - 1
      ? { ...fields, reply_markup: keyboard }
      : fields,
  );
  return partOf({ ...place, ...first }, fallback, next);
}

/** What goes out in the place of a message that was sent, if more parts follow it. */
export function nextPart({ payload, fallback: before }: OutboxMessage): Other | undefined {
  const { next: [first, ...next] = [], ...fallback } = before;
  if (!first) return undefined;
  return partOf({ ...placeOf(payload), ...first }, fallback, next);
}

/** Where and how a payload is shown, without what is shown. */
export function placeOf(payload: Other["payload"]): Other["payload"] {
  const place = ["chat_id", "message_thread_id", "disable_notification"];
  return Object.fromEntries(Object.entries(payload).filter(([name]) => place.includes(name)));
}

/** A part of several, of which `next` follow it. */
export function partOf(
  { method = "sendMessage", ...payload }: { method?: string },
  fallback: Other["fallback"],
  next: object[],
): Other {
  const rest = next.length > 0 ? { ...fallback, next } : fallback;
  return { method, payload, fallback: rest };
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
