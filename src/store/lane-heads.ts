/**
 * SQL for the open rows that stand first in their lanes. It steps from lane to lane in the partial
 * index on `(lane, <order>) WHERE <open>`, so its cost grows with the lanes and not with the rows
 * that wait in them; `GROUP BY lane` would read every row. `open` must be the index's own condition.
 */
export function laneHeads({ table, order, open }: { table: string; order: string; open: string }) {
  return `WITH RECURSIVE lanes (lane) AS (
      SELECT min(lane) FROM ${table} WHERE ${open}
      UNION ALL
      SELECT (SELECT min(lane) FROM ${table} WHERE ${open} AND lane > lanes.lane)
      FROM lanes WHERE lane IS NOT NULL
    )
    SELECT * FROM ${table} WHERE ${order} IN (
      SELECT (SELECT min(${order}) FROM ${table} WHERE ${open} AND lane = lanes.lane) FROM lanes
    ) ORDER BY ${order}`;
}
