import type { Transaction } from "../store/store.ts";
import { atWork, open, notBegun } from "./states.ts";

/** How many prompts of an agent are not finished. */
export interface PromptCounts {
  /** Those that opencode is given or has. */
  running: number;
  waiting: number;
  /**
   * When the turn of the oldest that runs was begun, or the last one ended if none runs; undefined when it
   * never had one that is kept. Milliseconds since the epoch.
   */
  since: number | undefined;
}

interface Row {
  agent: string;
  running: number | null;
  waiting: number | null;
  began: number | null;
  ended: number | null;
}

/** The prompts of all agents that have any, counted in one query. */
export async function countPrompts(transaction: Transaction): Promise<Map<string, PromptCounts>> {
  const rows = await transaction.all<Row>(
    `SELECT agent, CAST(sum(running) AS BIGINT) AS running, CAST(sum(waiting) AS BIGINT) AS waiting,
       max(began) AS began, max(ended) AS ended
     FROM (
       SELECT agent,
         count(CASE WHEN ${atWork} THEN 1 END) AS running,
         count(CASE WHEN ${notBegun} THEN 1 END) AS waiting,
         min(CASE WHEN ${atWork} THEN attempted_at END) AS began,
         NULL AS ended
       FROM prompts WHERE ${open} GROUP BY agent
       UNION ALL
       SELECT agent, 0 AS running, 0 AS waiting, NULL AS began, max(ended_at) AS ended
       FROM prompts WHERE ended_at IS NOT NULL GROUP BY agent
     ) AS parts GROUP BY agent`,
  );
  return new Map(
    rows.map(({ agent, running, waiting, began, ended }) => [
      agent,
      { running: running ?? 0, waiting: waiting ?? 0, since: began ?? ended ?? undefined },
    ]),
  );
}
