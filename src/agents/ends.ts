import type { Transaction } from "../store/store.ts";
import type { AgentRow } from "./agent.ts";

/** What marks an agent's session to be ended, in an UPDATE after `keepEnd`; it reads the values before. */
export const endsSession = `session_to_end = coalesce(session_id, session_to_end),
  end_directory = CASE WHEN session_id IS NULL THEN end_directory ELSE directory END`;

/** Keeps the session that an agent has marked to be ended, before another one is marked in its place. */
export async function keepEnd(transaction: Transaction, name: string): Promise<void> {
  await transaction.run(
    `INSERT INTO sessions_left (session_id, agent, directory)
     SELECT session_to_end, id, coalesce(end_directory, directory) FROM agents
     WHERE name = ? AND session_to_end <> session_id
     ON CONFLICT (session_id) DO NOTHING`,
    name,
  );
}

/** Records that the session an agent has marked was ended, and marks the next one that it has left. */
export async function sessionEnded(
  transaction: Transaction,
  name: string,
  sessionId: string,
): Promise<void> {
  const agent = await transaction.get<Pick<AgentRow, "id">>(
    `UPDATE agents SET session_to_end = NULL, end_directory = NULL
     WHERE name = ? AND session_to_end = ? RETURNING id`,
    name,
    sessionId,
  );
  if (!agent) return;
  const next = await transaction.get<{ session_id: string; directory: string }>(
    `DELETE FROM sessions_left WHERE session_id =
       (SELECT min(session_id) FROM sessions_left WHERE agent = ?)
     RETURNING session_id, directory`,
    agent.id,
  );
  if (!next) return;
  await transaction.run(
    "UPDATE agents SET session_to_end = ?, end_directory = ? WHERE id = ?",
    next.session_id,
    next.directory,
    agent.id,
  );
}

/** Whoever left the session, perhaps while opencode was down, does not end what it is used for from now on. */
export async function keepSession(transaction: Transaction, sessionId: string): Promise<void> {
  await transaction.run("DELETE FROM sessions_left WHERE session_id = ?", sessionId);
  const rows = await transaction.all<Pick<AgentRow, "name">>(
    "SELECT name FROM agents WHERE session_to_end = ?",
    sessionId,
  );
  for (const { name } of rows) await sessionEnded(transaction, name, sessionId);
}
