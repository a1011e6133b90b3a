import type { Transaction } from "../store/store.ts";
import { type AgentRow, type Choice, toAgent } from "./agent.ts";

/** What is chosen anew; null takes a choice back, what is not named stays. */
export interface Chosen {
  /** An agent of opencode, such as `build` or `plan`. */
  mode?: string | null;
  /** `provider/model`. Without a variant beside it, the one of the model before is forgotten. */
  model?: string | null;
  variant?: string | null;
}

/**
 * Remembers as what an agent's prompts are to run from now on, over every stop and every new session.
 * Resolves to the choice that holds now; undefined when nothing is chosen any more, or there is no such
 * agent. Whether it exists is for the caller to check: one that does not is skipped.
 */
export async function choose(
  transaction: Transaction,
  name: string,
  chosen: Chosen,
  at: number,
): Promise<Choice | undefined> {
  const row = await transaction.get<AgentRow>("SELECT * FROM agents WHERE name = ?", name);
  if (!row) return undefined;
  const mode = chosen.mode === undefined ? row.mode : chosen.mode;
  const model = chosen.model === undefined ? row.model : chosen.model;
  const kept = chosen.model === undefined ? row.variant : null;
  const variant = chosen.variant === undefined ? kept : chosen.variant;
  const isAny = mode !== null || model !== null || variant !== null;
  const now = await transaction.get<AgentRow>(
    `UPDATE agents SET mode = ?, model = ?, variant = ?, chosen_at = ?,
       shown_mode = NULL, shown_model = NULL
     WHERE name = ? RETURNING *`,
    mode,
    model,
    variant,
    isAny ? at : null,
    name,
  );
  return now && toAgent(now).choice;
}

/** Records what the terminal has shown of a choice, or that another one replaced it there; a choice
 * that the operator made since is left as it is. */
export async function followChoice(
  transaction: Transaction,
  name: string,
  at: number,
  next: Choice,
): Promise<void> {
  await transaction.run(
    `UPDATE agents SET mode = ?, model = ?, variant = ?, chosen_at = ?, shown_mode = ?,
       shown_model = ?
     WHERE name = ? AND chosen_at = ?`,
    next.mode ?? null,
    next.model ?? null,
    next.variant ?? null,
    next.at,
    next.shownMode ?? null,
    next.shownModel ?? null,
    name,
    at,
  );
}
