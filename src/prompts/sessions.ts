import type { Transaction } from "../store/store.ts";

/** A session that prompts of an agent went to. */
export interface PromptedSession {
  agent: string;
  sessionId: string;
}

/** The sessions that prompts went to since a time (milliseconds since the epoch), as far as they are kept. */
export async function sessionsSince(
  transaction: Transaction,
  since: number,
): Promise<PromptedSession[]> {
  const rows = await transaction.all<{ agent: string; session_id: string }>(
    `SELECT DISTINCT agent, session_id FROM prompts
     WHERE session_id IS NOT NULL AND attempted_at >= ? ORDER BY agent, session_id`,
    since,
  );
  return rows.map(({ agent, session_id: sessionId }) => ({ agent, sessionId }));
}
