import type { Transaction } from "../store/store.ts";
import type { Path } from "./prompt.ts";
import { atWork, open, notBegun, notHeld } from "./states.ts";

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

/** Prompts that have not ended, of one state and path. */
export interface OpenPrompts {
  state: "receiving" | "queued" | "delivering" | "running";
  /** Null before the first attempt. */
  path: Path | null;
  prompts: number;
}

/** The prompts of all agents that have not ended. */
export function countOpen(transaction: Transaction): Promise<OpenPrompts[]> {
  return transaction.all<OpenPrompts>(
    `SELECT state, path, count(*) AS prompts FROM prompts WHERE ${open}
     GROUP BY state, path ORDER BY state, path`,
  );
}

/**
 * When the oldest prompt was sent that waits though its agent works on none, and the oldest that waits for
 * a turn to end; milliseconds since the epoch. What operators hold back does not count.
 */
export async function oldestWaiting(
  transaction: Transaction,
): Promise<{ atRest: number | undefined; atWork: number | undefined }> {
  const row = await transaction.get<{ rest: number | null; work: number | null }>(
    `SELECT min(CASE WHEN busy.agent IS NULL THEN waiting.since END) AS rest,
       min(CASE WHEN busy.agent IS NOT NULL THEN waiting.since END) AS work
     FROM (
       SELECT agent, min(sent_at) AS since FROM prompts WHERE ${notBegun} AND ${notHeld} GROUP BY agent
     ) AS waiting
     LEFT JOIN (SELECT DISTINCT agent FROM prompts WHERE ${atWork}) AS busy
       ON busy.agent = waiting.agent`,
  );
  return { atRest: row?.rest ?? undefined, atWork: row?.work ?? undefined };
}
