import type { SessionMessage } from "./client.ts";
import { textOf } from "./message-text.ts";

/** The status of a prompt's turn, read from an idle session. */
export type TurnStatus =
  /** opencode does not have the prompt's message, or not all of it. */
  | { kind: "missing" }
  /** It has the message, and the model was not asked. */
  | { kind: "unstarted" }
  /** The turn is over; `cut` says why the model stopped before its end. */
  | ({ kind: "finished"; cut?: "length" | "content-filter" } & TurnWords)
  /**
   * An operator said no to what the agent asked for, or dismissed its question, and opencode ended the turn
   * there.
   */
  | ({ kind: "rejected"; isDismissed?: boolean } & TurnWords)
  /** Somebody aborted it. */
  | ({ kind: "stopped" } & TurnWords)
  /** The model or opencode failed for good. */
  | ({ kind: "failed"; error: string } & TurnWords)
  /** opencode died in the middle; the turn does not continue by itself. */
  | ({ kind: "cut off" } & TurnWords);

/** What a turn said. */
export interface TurnWords {
  /** Its final text, or the last text there is in it; possibly none. */
  text: string;
  /**
   * When its last tool call began that was not one to send a message (milliseconds since the epoch):
   * what the agent said before that was no answer yet.
   */
  workedAt?: number;
}

/**
 * Reads the status of message `messageId`'s turn from the newest messages of its session, oldest
 * first. Only meaningful while the session is idle. Messages stand in the order they were stored,
 * and prompts that were merged share the answer to the last of them.
 */
export function turnStatus(messages: SessionMessage[], messageId: string): TurnStatus {
  const at = messages.findIndex(({ info }) => info.id === messageId);
  // A server killed while it stored a prompt leaves a message without its part.
  if (messages[at]?.parts.length === 0) return { kind: "missing" };
  const answers = answersOf(messages.slice(at + 1));
  if (answers.length === 0) return { kind: "unstarted" };
  const last = answers.findLast(hasOutcome);
  const text = answers.map(textOf).findLast((words) => words !== "") ?? "";
  const workedAt = lastWorkOf(answers);
  const said = { text, ...(workedAt !== undefined && { workedAt }) };
  if (!last) return { kind: endedQuietly(answers) ? "stopped" : "cut off", ...said };

  const { error, time, finish } = last.info;
  if (error?.name === "MessageAbortedError") return { kind: "stopped", ...said };
  if (error) return { kind: "failed", error: error.name, ...said };
  if (isRefused(last, "rejected")) return { kind: "rejected", ...said };
  if (isRefused(last, "dismissed")) return { kind: "rejected", isDismissed: true, ...said };
  if (time.completed === undefined) return { kind: "cut off", ...said };
  if (isStep(last)) return { kind: endedQuietly(answers) ? "stopped" : "cut off", ...said };
  const words = answers.filter((answer) => hasOutcome(answer) && !isStep(answer)).map(textOf);
  const final = words.filter((one) => one !== "").join("\n\n");
  const isCut = finish === "length" || finish === "content-filter";
  // A model may write its answer in a step that calls a tool, and nothing after it.
  return { kind: "finished", ...said, text: final || text, ...(isCut && { cut: finish }) };
}

function lastWorkOf(answers: Answer[]): number | undefined {
  const starts = answers
    .flatMap(({ parts }) => parts)
    .flatMap((part) => {
      if (part.type !== "tool" || part.tool.startsWith("send_telegram")) return [];
      return "time" in part.state ? part.state.time.start : [];
    });
  return starts.length > 0 ? Math.max(...starts) : undefined;
}

/**
 * Whether the last answer ended without an outcome. opencode 1.18 leaves that when a turn is aborted
 * while it waits to ask the model again; a server that died has not ended it.
 */
function endedQuietly(answers: Answer[]): boolean {
  const last = answers.at(-1);
  return last !== undefined && !hasOutcome(last);
}

/** A message of the agent. */
export type Answer = SessionMessage & { info: { role: "assistant" } };

/**
 * The agent's own messages up to the end of the turn. What somebody wrote in the terminal after that
 * is another turn; what opencode does by itself belongs to this one: when the context is full, it
 * sums it up and lets the model go on, or asks it again with a copy of the prompt.
 */
function answersOf(later: SessionMessage[]): Answer[] {
  return later.slice(0, lengthOf(later)).filter(isOwnAnswer);
}

/** How many of the messages after a prompt belong to its turn. */
function lengthOf(later: SessionMessage[]): number {
  let last: Answer | undefined;
  for (const [index, message] of later.entries()) {
    if (isOwnAnswer(message)) last = message;
    else if (isAnswer(message)) continue;
    else if (last && hasOutcome(last) && !isStep(last) && isWritten(message)) return index;
  }
  return later.length;
}

/** The last message of the turn of `messageId`, by the same rule; undefined when that is not there. */
export function lastOfTurn(
  messages: SessionMessage[],
  messageId: string,
): SessionMessage | undefined {
  const at = messages.findIndex(({ info }) => info.id === messageId);
  return at < 0 ? undefined : messages[at + lengthOf(messages.slice(at + 1))];
}

/** What the agent says itself; opencode's summary of what went before only where it failed. */
function isOwnAnswer(message: SessionMessage): message is Answer {
  return isAnswer(message) && (!message.info.summary || message.info.error !== undefined);
}

/**
 * Whether a message tells how its step ended, or that it never did. opencode 1.18 gives neither to an
 * answer that the context was too small for, nor to what a `!command` typed in the terminal printed.
 */
function hasOutcome({ info }: Answer): boolean {
  const { finish, error, time } = info;
  return finish !== undefined || error !== undefined || time.completed === undefined;
}

/** Whether a message is the agent's, not one given to it. */
export function isAnswer(message: SessionMessage): message is Answer {
  return message.info.role === "assistant";
}

/**
 * Whether the model continues after this message, to read the results of its tools. Some providers say
 * `stop` there; opencode 1.18 continues all the same if a tool of its own ran.
 */
export function isStep({ info: { finish }, parts }: Answer): boolean {
  if (finish === undefined) return false;
  return finish === "tool-calls" || finish === "unknown" || parts.some(isOwnTool);
}

function isOwnTool(part: SessionMessage["parts"][number]): boolean {
  if (part.type !== "tool" || part.metadata?.["providerExecuted"]) return false;
  return part.state.status !== "error" || !part.state.metadata?.["interrupted"];
}

function isWritten(message: SessionMessage): boolean {
  return textOf(message) !== "";
}

// opencode 1.18 tells it in the tool's error only; the message itself has none.
function isRefused({ parts }: SessionMessage, how: "rejected" | "dismissed"): boolean {
  return parts.some(
    (part) =>
      part.type === "tool" &&
      part.state.status === "error" &&
      part.state.error.includes(`user ${how}`),
  );
}
