import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { test } from "tap";
import { readLaneHeads } from "../../src/store/lane-heads.ts";

const queue = { table: "queue", order: "id", open: "state IN ('a', 'b', 'c')" } as const;

test("the first open row of each lane is found, without reading those behind it", async (t) => {
  const database = new DatabaseSync(":memory:");
  t.teardown(() => database.close());
  database.exec(`CREATE TABLE queue (id INTEGER PRIMARY KEY, lane TEXT NOT NULL, state TEXT NOT NULL);
    CREATE INDEX queue_open ON queue (lane, id) WHERE ${queue.open}`);
  const asked: string[] = [];
  const get = async <Row>(sql: string, ...values: SQLInputValue[]) => {
    asked.push(sql);
    return database.prepare(sql).get(...values) as Row | undefined;
  };
  const heads = () => readLaneHeads<{ id: number; lane: string }>({ get }, queue);
  t.same(await heads(), []);
  t.equal(asked.length, 1, "an empty queue takes one statement");
  const add = database.prepare("INSERT INTO queue (lane, state) VALUES (?, ?)");
  const rows = ["y done", "y a", "x b", "x a", "y b", "z done", "a c"];
  for (const [lane = "", state = ""] of rows.map((row) => row.split(" "))) add.run(lane, state);
  t.match(await heads(), [
    { id: 2, lane: "y" },
    { id: 3, lane: "x" },
    { id: 7, lane: "a" },
  ]);
  t.equal(asked.length, 5, "then one more than there are lanes");
  const [sql = ""] = asked;
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all("");
  t.match(plan, [{ detail: /^SEARCH queue USING INDEX queue_open/ }]);
  t.equal(plan.length, 1, "nothing is sorted");
  const steps = database.prepare(`EXPLAIN ${sql}`).all("");
  t.notOk(
    steps.some(({ opcode }) => /Ephemeral|Sorter/.test(String(opcode))),
    "and no table is made for it",
  );
});
