import type { SessionMessage } from "../opencode/client.ts";
import { shellAnswerOf, shellStatus } from "../opencode/shell-turn.ts";
import { lastOfTurn, type TurnStatus, turnStatus } from "../opencode/turn-status.ts";
import type { Prompt } from "../prompts/prompt.ts";

/** Messages of an idle session, read to report a turn. */
export interface TurnReading {
  /** Of the activity, taken before they were read. */
  mark: string;
  /** The message before the turn; "none" when it is the session's first, undefined when not known. */
  previousId: string | undefined;
  /** The last message of the turn; undefined when the turn is not among them. */
  lastId: string | undefined;
  /** Nothing came after the turn. */
  isNewest: boolean;
}

/** The newest messages of a session, oldest first. */
export interface NewestMessages {
  /** Of the activity, taken before they were read. */
  mark: string;
  messages: SessionMessage[];
  /** They are all that the session has. */
  isWhole: boolean;
}

/** The status of a prompt's turn. */
export interface PromptStatus {
  prompt: Prompt;
  status: TurnStatus;
  /** The last message of its turn, by which prompts that share a turn are known. */
  lastId: string | undefined;
  reading?: TurnReading;
}

/** The status of a prompt whose message is among those that were read, of a session that is idle. */
export function readStatus(
  messages: SessionMessage[],
  prompt: Prompt,
): Omit<PromptStatus, "reading"> {
  if (prompt.kind === "shell") {
    const answer = shellAnswerOf(messages, prompt.messageId);
    const status = shellStatus(messages, prompt.messageId);
    return { prompt, status, lastId: answer?.info.id };
  }
  const lastId = lastOfTurn(messages, prompt.messageId)?.info.id;
  const status = turnStatus(messages, prompt.messageId);
  // It was sent into a turn that ended before the model was asked with it.
  const isStranded = status.kind === "stopped" && prompt.isSentNow && !isSeen(messages, prompt);
  return { prompt, status: isStranded ? { kind: "unstarted" } : status, lastId };
}

/** Whether the message of a prompt is among those that were read. */
export function isListed({ messages }: NewestMessages, { messageId }: Prompt): boolean {
  return messages.some(({ info }) => info.id === messageId);
}

/** The status of a prompt whose message is listed, of a session that is idle, and what was read of its turn. */
export function statusIn(newest: NewestMessages, prompt: Prompt): PromptStatus {
  const { mark, messages, isWhole } = newest;
  const at = messages.findIndex(({ info }) => info.id === prompt.messageId);
  const lastId = lastOfTurn(messages, prompt.messageId)?.info.id;
  const previousId = at === 0 && isWhole ? "none" : messages[at - 1]?.info.id;
  const isNewest = lastId === messages.at(-1)?.info.id;
  return { ...readStatus(messages, prompt), reading: { mark, previousId, lastId, isNewest } };
}

/** Whether nothing more comes of a turn that opencode worked on. */
export function isEnd<Status extends TurnStatus>(
  status: Status,
): status is Exclude<Status, { kind: "missing" | "unstarted" | "cut off" }> {
  return ["finished", "rejected", "stopped", "failed"].includes(status.kind);
}

/**
 * Whether it is clear what becomes of prompts whose session is idle: each has ended, or opencode 1.18 has
 * dropped it with the turn it was sent into, and begins on it when it is posted again.
 */
export function isClear(statuses: PromptStatus[]): boolean {
  const isOver = ({ status }: PromptStatus) => isEnd(status);
  const isLeft = ({ status, prompt }: PromptStatus) =>
    status.kind === "unstarted" && prompt.isSentNow;
  return statuses.some(isOver) && statuses.every((one) => isOver(one) || isLeft(one));
}

/** Prompts that share a turn together, each turn's first one first; those of no known turn alone. */
export function byTurn<One extends { lastId: string | undefined }>(statuses: One[]): One[][] {
  const turns: One[][] = [];
  for (const one of statuses) {
    const same = turns.find(([first]) => one.lastId !== undefined && first?.lastId === one.lastId);
    if (same) same.push(one);
    else turns.push([one]);
  }
  return turns;
}

/** Whether the model was asked with a message: an answer names it, or one that came after it. */
function isSeen(messages: SessionMessage[], { messageId }: Prompt): boolean {
  const later = messages.slice(messages.findIndex(({ info }) => info.id === messageId));
  const asked = new Set(later.flatMap(({ info }) => (info.role === "user" ? [info.id] : [])));
  return later.some(({ info }) => info.role === "assistant" && asked.has(info.parentID));
}
