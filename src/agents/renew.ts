import type { Transaction } from "../store/store.ts";
import { type AgentRow, agentSignal } from "./agent.ts";
import { endsSession, keepEnd } from "./ends.ts";
import { agentNamed } from "./identity.ts";
import { ownTitle } from "./own-title.ts";

/** The session in which a stopped agent could continue. */
export interface LastSession {
  sessionId: string;
  title: string;
  /** Absolute path. */
  directory: string;
  yolo: boolean;
}

/** The session that a stopped agent has kept; undefined when it has none, or runs. */
export async function lastSession(
  transaction: Transaction,
  name: string,
): Promise<LastSession | undefined> {
  const row = await transaction.get<AgentRow>(
    "SELECT * FROM agents WHERE name = ? AND state = 'stopped' AND session_id IS NOT NULL",
    name,
  );
  if (!row || row.session_id === null) return undefined;
  const { session_id: sessionId, title, directory, yolo } = row;
  return { sessionId, title, directory, yolo: yolo === 1 };
}

/**
 * Restarts a stopped agent with the session it had, in the same directory; `yolo` gives it that rule as
 * well, and never takes it away. Whether there was such an agent with a session.
 */
export async function continueAgent(
  transaction: Transaction,
  name: string,
  { yolo = false } = {},
): Promise<boolean> {
  const { changes } = await transaction.run(
    `UPDATE agents SET state = 'active', reply_token = NULL, is_opened = 0, rules_due = 0,
       shown_mode = NULL, shown_model = NULL, yolo = CASE WHEN ? = 1 THEN 1 ELSE yolo END
     WHERE name = ? AND state = 'stopped' AND session_id IS NOT NULL`,
    yolo ? 1 : 0,
    name,
  );
  transaction.notify(agentSignal, name);
  return changes === 1;
}

/**
 * Gives a running agent a new session, which is made later, and marks the one it has to be ended; `yolo`
 * is that of the new one, the same as before when undefined. Whether the agent runs.
 */
export async function renewAgent(
  transaction: Transaction,
  name: string,
  { yolo }: { yolo?: boolean | undefined } = {},
): Promise<boolean> {
  if ((await agentNamed(transaction, name))?.state !== "active") return false;
  await keepEnd(transaction, name);
  await transaction.run(
    `UPDATE agents SET ${endsSession}, session_id = NULL, reply_token = NULL, title = ?,
       has_own_title = 1, is_opened = 1, rules_due = 0, yolo = coalesce(?, yolo),
       shown_mode = NULL, shown_model = NULL
     WHERE name = ?`,
    await newTitle(transaction, name),
    yolo === undefined ? null : Number(yolo),
    name,
  );
  transaction.notify(agentSignal, name);
  return true;
}

/** A title for an agent's next session, not the one its last session has. */
export async function newTitle(transaction: Transaction, name: string): Promise<string> {
  const row = await transaction.get<Pick<AgentRow, "title">>(
    "SELECT title FROM agents WHERE name = ?",
    name,
  );
  return ownTitle(name, Date.now(), row?.title);
}
