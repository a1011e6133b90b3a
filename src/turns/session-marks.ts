import type { StartedAgent } from "../agents/agents.ts";
import type { Transaction } from "../store/store.ts";
import type { TurnReading } from "./turn-readings.ts";

/** Up to where the turns of an agent's session were reported. */
export interface SessionMark {
  sessionId: string;
  /** The last message that was dealt with; undefined when the session had none. */
  messageId: string | undefined;
}

/** The mark of an agent's session; undefined when that session was not seen before. */
export async function sessionMark(
  transaction: Transaction,
  agent: string,
  sessionId: string,
): Promise<SessionMark | undefined> {
  const row = await transaction.get<{ message_id: string | null }>(
    "SELECT message_id FROM session_marks WHERE agent = ? AND session_id = ?",
    agent,
    sessionId,
  );
  return row && { sessionId, messageId: row.message_id ?? undefined };
}

/** Records that everything up to a message was dealt with; it counts for that session alone. */
export async function setSessionMark(
  transaction: Transaction,
  agent: string,
  { sessionId, messageId }: SessionMark,
): Promise<void> {
  await transaction.run(
    `INSERT INTO session_marks (agent, session_id, message_id) VALUES (?, ?, ?)
     ON CONFLICT (agent) DO UPDATE SET session_id = excluded.session_id,
       message_id = excluded.message_id`,
    agent,
    sessionId,
    messageId ?? null,
  );
}

/** Gives the mark of an agent to the one it is now called. */
export async function renameSessionMark(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  // One that a loop wrote after an earlier rename.
  await transaction.run("DELETE FROM session_marks WHERE agent = ?", newName);
  await transaction.run("UPDATE session_marks SET agent = ? WHERE agent = ?", newName, name);
}

/** Records that a turn was reported; not when something came before it that is not reported yet. */
export async function markTurn(
  transaction: Transaction,
  { name, sessionId }: StartedAgent,
  reading: TurnReading | undefined,
): Promise<boolean> {
  if (reading?.lastId === undefined) return false;
  const before = await sessionMark(transaction, name, sessionId);
  if (before && (before.messageId ?? "none") !== reading.previousId) return false;
  await setSessionMark(transaction, name, { sessionId, messageId: reading.lastId });
  return true;
}
