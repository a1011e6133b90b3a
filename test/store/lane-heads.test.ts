import { DatabaseSync } from "node:sqlite";
import { test } from "tap";
import { laneHeads } from "../../src/store/lane-heads.ts";

test("the first open row of each lane is found, without reading those behind it", async (t) => {
  const database = new DatabaseSync(":memory:");
  t.teardown(() => database.close());
  database.exec(`CREATE TABLE queue (id INTEGER PRIMARY KEY, lane TEXT NOT NULL, state TEXT NOT NULL);
    CREATE INDEX queue_open ON queue (lane, id) WHERE state IN ('a', 'b')`);
  const sql = laneHeads({ table: "queue", order: "id", open: "state IN ('a', 'b')" });
  const heads = () => database.prepare(sql).all();
  t.same(heads(), []);
  const add = database.prepare("INSERT INTO queue (lane, state) VALUES (?, ?)");
  for (const [lane, state] of ["y done", "y a", "x b", "x a", "y b", "z done"].map((row) =>
    row.split(" "),
  )) {
    add.run(lane ?? "", state ?? "");
  }
  t.match(heads(), [
    { id: 2, lane: "y" },
    { id: 3, lane: "x" },
  ]);
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  const scans = plan.filter(({ detail }) => /SCAN (?!lanes)/.test(String(detail)));
  t.same(scans, []);
});
