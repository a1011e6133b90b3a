import type { SessionMessage } from "../opencode/client.ts";

/** How the turn of a prompt stands, read from an idle session. */
export type TurnStand =
  /** opencode does not have the prompt's message, or not all of it. */
  | { kind: "missing" }
  /** It has the message, and the model was not asked. */
  | { kind: "unstarted" }
  /** The turn is over; `text` is what the agent said last, possibly nothing. */
  | { kind: "finished"; text: string }
  /** An operator said no to what the agent asked for, and opencode ended the turn there. */
  | { kind: "rejected" }
  /** Somebody aborted it. */
  | { kind: "stopped" }
  /** The model or opencode failed for good. */
  | { kind: "failed"; error: string }
  /** opencode died in the middle: nothing goes on by itself. */
  | { kind: "cut off" };

/**
 * Reads how the turn of message `messageId` stands from the newest messages of its session, oldest
 * first. Only meaningful while the session is idle. Messages stand in the order they were stored,
 * and prompts that were merged share the answer to the last of them, so whatever the agent said
 * after the message counts.
 */
export function standOf(messages: SessionMessage[], messageId: string): TurnStand {
  const at = messages.findIndex(({ info }) => info.id === messageId);
  const own = messages[at];
  // A server killed while it stored a prompt leaves a message without its part.
  if (own?.parts.length === 0) return { kind: "missing" };
  const answers = messages.slice(at + 1).filter(({ info }) => info.role === "assistant");
  const last = answers.at(-1);
  if (last?.info.role !== "assistant") return { kind: "unstarted" };

  const { error, time } = last.info;
  if (error?.name === "MessageAbortedError") return { kind: "stopped" };
  if (error) return { kind: "failed", error: error.name };
  if (time.completed === undefined) return { kind: "cut off" };
  const text = textOf(last);
  if (text === "" && isRejected(last)) return { kind: "rejected" };
  return { kind: "finished", text };
}

// opencode 1.18 tells it in the tool's error only; the message itself has none.
function isRejected({ parts }: SessionMessage): boolean {
  return parts.some(
    (part) =>
      part.type === "tool" &&
      part.state.status === "error" &&
      /user (rejected|dismissed)/.test(part.state.error),
  );
}

/** The words of a message that are meant to be read: its text parts, without synthetic ones. */
export function textOf(message: SessionMessage): string {
  return message.parts
    .flatMap((part) => (part.type === "text" && !part.synthetic && !part.ignored ? part.text : []))
    .join("\n\n")
    .trim();
}
