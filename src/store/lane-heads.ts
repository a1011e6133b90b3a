import type { Transaction } from "./store.ts";

/** A durable queue with lanes. */
export interface LaneQueue<Row extends { lane: string }> {
  table: string;
  /** The column of numbers by which the rows of a lane are in order. */
  order: keyof Row & string;
  /** Which rows are open: the very words of the partial index on `(lane, <order>) WHERE <open>`. */
  open: string;
}

/**
 * The open rows that stand first in their lanes, in their order. It steps from lane to lane in the index, so its cost
 * grows with the lanes and not with the rows that wait in them; `GROUP BY lane` would read every row. Each step is
 * a statement of its own: a recursive one makes SQLite set up three tables of 87 kB, also for an empty queue.
 */
export async function readLaneHeads<Row extends { lane: string }>(
  transaction: Pick<Transaction, "get">,
  { table, order, open }: LaneQueue<Row>,
): Promise<Row[]> {
  const next = `SELECT * FROM ${table} WHERE ${open} AND lane > ? ORDER BY lane, ${order} LIMIT 1`;
  const heads: Row[] = [];
  // A lane has a name, so each comes after this one.
  let lane = "";
  for (;;) {
    const head = await transaction.get<Row>(next, lane);
    if (!head) return heads.toSorted((one, other) => Number(one[order]) - Number(other[order]));
    heads.push(head);
    lane = head.lane;
  }
}
