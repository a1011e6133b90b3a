import type { SessionInfo, SessionMessage } from "./client.ts";
import { textOf } from "./message-text.ts";
import { turnsIn } from "./turns.ts";

/** Where a session is reverted to: this message and all after it are undone. */
export interface UndoTarget {
  /** A user message. */
  messageId: string;
  /** What the operator wrote in it; empty where opencode wrote it, for a command or a summary. */
  text: string;
}

/** How a step of redo is done. */
export type RedoTarget = ({ kind: "revert" } & UndoTarget) | { kind: "unrevert" };

type Reverted = Pick<SessionInfo, "revert">;

/**
 * The messages of a session that are not undone. opencode 1.18 lists those that are until the next
 * prompt deletes them. It goes by the order of the list, not of the ids: `messages` must reach back to
 * where the session was reverted to, or nothing in them counts as undone.
 */
export function shownMessages(messages: SessionMessage[], session: Reverted): SessionMessage[] {
  return messages.slice(0, undoneFrom(messages, session));
}

/**
 * What an undo reverts to: the user message that began the newest turn not yet undone, so that a prompt
 * goes together with those merged with it. Undefined when nothing is left to undo. `messages` are all
 * of the session, oldest first.
 */
export function undoTarget(messages: SessionMessage[], session: Reverted): UndoTarget | undefined {
  return targets(shownMessages(messages, session)).at(-1);
}

/**
 * The same for one user message: with it goes all that came after it. Undefined when it is not there or undone
 * already.
 */
export function undoTargetAt(
  messages: SessionMessage[],
  session: Reverted,
  messageId: string,
): UndoTarget | undefined {
  const shown = shownMessages(messages, session);
  const found = shown.find(({ info }) => info.role === "user" && info.id === messageId);
  return found && { messageId, text: textOf(found) };
}

/**
 * What takes back the last step of undo: a revert to the next later turn, or an unrevert when that was
 * the newest. Undefined when nothing is undone. `POST …/unrevert` of opencode 1.18 goes to the newest
 * state in one step.
 */
export function redoTarget(messages: SessionMessage[], session: Reverted): RedoTarget | undefined {
  if (!session.revert) return undefined;
  const later = messages.slice(undoneFrom(messages, session) + 1).map(({ info }) => info.id);
  const next = targets(messages).find(({ messageId }) => later.includes(messageId));
  return next ? { kind: "revert", ...next } : { kind: "unrevert" };
}

function undoneFrom(messages: SessionMessage[], { revert }: Reverted): number {
  const at = messages.findIndex(({ info }) => info.id === revert?.messageID);
  return at < 0 ? messages.length : at;
}

function targets(messages: SessionMessage[]): UndoTarget[] {
  return turnsIn(messages).flatMap(([first]) =>
    first?.info.role === "user" ? { messageId: first.info.id, text: textOf(first) } : [],
  );
}
