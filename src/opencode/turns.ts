import type { SessionMessage } from "./client.ts";
import { isAnswer, isStep } from "./turn-status.ts";

/**
 * Messages of a session, oldest first, as the turns they make; every message is in one of them. Prompts
 * that were merged share a turn. The first turn may lack its beginning.
 */
export function turnsIn(messages: SessionMessage[]): SessionMessage[][] {
  const turns: SessionMessage[][] = [];
  for (const message of messages) {
    const current = turns.at(-1);
    if (current && !(isBeginning(message) && mayBeOver(current))) current.push(message);
    else turns.push([message]);
  }
  return turns;
}

/** The ids of the messages that a turn answers. */
export function askedIn(turn: SessionMessage[]): string[] {
  const ids = turn.map(({ info }) => (info.role === "user" ? info.id : info.parentID));
  return [...new Set(ids)];
}

/**
 * Whether a turn was begun in the terminal. opencode 1.18's messages do not tell; our plugin marks
 * them, so what a server without it stored counts as begun elsewhere.
 */
export function isTyped([first]: SessionMessage[]): boolean {
  return (
    first?.parts.some(
      (part) => part.type === "text" && part.metadata?.["switchboard"] === "typed",
    ) ?? false
  );
}

/** When something in a turn changed last, by opencode's clock; milliseconds since the epoch. */
export function changedAt(turn: SessionMessage[]): number {
  const times = turn.flatMap(({ info, parts }) => [
    info.time.created,
    info.role === "assistant" ? (info.time.completed ?? 0) : 0,
    ...parts.flatMap((part) =>
      part.type === "tool" && "time" in part.state && "end" in part.state.time
        ? part.state.time.end
        : [],
    ),
  ]);
  return Math.max(...times);
}

// When the context is full, opencode 1.18 sums it up and goes on: in the same turn.
function isBeginning({ info, parts }: SessionMessage): boolean {
  if (info.role !== "user") return false;
  return !parts.some(
    (part) =>
      (part.type === "compaction" && part.auto) ||
      (part.type === "text" && part.metadata?.["compaction_continue"] === true),
  );
}

function mayBeOver(turn: SessionMessage[]): boolean {
  const last = turn.at(-1);
  // Two prompts without an answer between them are answered together.
  if (!last || !isAnswer(last)) return false;
  // What follows a summary that opencode made by itself is a copy of the prompt.
  if (last.info.summary) return !isSummedUpByItself(turn);
  return !isStep(last);
}

/** Whether the last summary of a turn was nobody's command. */
function isSummedUpByItself(turn: SessionMessage[]): boolean {
  const last = turn.flatMap(({ parts }) => parts).findLast((part) => part.type === "compaction");
  return last?.auto === true;
}
