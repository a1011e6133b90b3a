import type { Transaction } from "../store/store.ts";
import type { AgentRow } from "./agent.ts";

/** An agent that spoke earlier, as it is now. */
export interface Speaker {
  /** Its name now; the one it had when another agent, or none, is called that. */
  name: string;
  /** It is in the session in which it spoke: neither a new one of its own nor another agent of that name. */
  isSame: boolean;
  isActive: boolean;
}

/**
 * Who an agent is now that spoke in a session. It may have been renamed since, or stopped, and another one
 * may be called what it was. One whose session is not known is known by its id, else by its name.
 */
export async function speakerNow(
  transaction: Transaction,
  { agent, session, id }: { agent: string; session: string | undefined; id?: string | undefined },
): Promise<Speaker> {
  const [column, value] =
    session !== undefined
      ? ["session_id", session]
      : id !== undefined
        ? ["id", id]
        : ["name", agent];
  const row = await transaction.get<AgentRow>(`SELECT * FROM agents WHERE ${column} = ?`, value);
  return {
    name: row?.name ?? agent,
    isSame: row !== undefined,
    isActive: row?.state === "active",
  };
}
