import { test } from "tap";
import type { Database } from "../../src/store/database.ts";
import { addSetting, Settings } from "../../src/store/settings.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { Store } from "../../src/store/store.ts";
import { life } from "../support/life.ts";
import { storeWithOldButtons } from "../support/buttons-before.ts";
import { memoryStore, rows } from "../support/memory.ts";
import { numbered, PgliteDatabase } from "../support/pglite.ts";
import { writtenStatements } from "../support/statements.ts";

test("every statement runs on PostgreSQL, and answers there as on SQLite", async (t) => {
  const database = new PgliteDatabase();
  const postgres = await Store.open(database);
  t.teardown(() => postgres.close());
  t.same(await life(postgres), await life(await memoryStore(t)));

  const ran = [...database.statements];
  const missing = writtenStatements().filter(
    ({ pattern }) => !ran.some((sql) => pattern.test(sql)),
  );
  t.same(
    missing.map(({ module, text }) => `${module}: ${text}`),
    [],
    "each one that is written was run",
  );
  t.ok(writtenStatements().length > 60);

  await t.test("a unit that fails undoes only itself there as well", async (t) => {
    const settings = new Settings(postgres);
    const put = (key: string) => postgres.write((transaction) => addSetting(transaction, key, "x"));
    const caught = postgres.write(async (transaction) => {
      await addSetting(transaction, "half", "x");
      await transaction.run("SELECT nonsense FROM nowhere").catch(() => undefined);
    });
    const results = await Promise.allSettled([put("before"), caught, put("after")]);
    t.match(results, [{ status: "fulfilled" }, { status: "rejected" }, { status: "fulfilled" }]);
    const values = await Promise.all(["before", "half", "after"].map((key) => settings.get(key)));
    t.same(values, ["x", undefined, "x"]);
  });
});

test("the keys of cards and questions of before are moved there as on SQLite", async (t) => {
  const moved = async (database: Database) => {
    const store = await storeWithOldButtons(database);
    t.teardown(() => store.close());
    const buttons = await rows<{ action: string }>(store, "SELECT * FROM buttons ORDER BY key");
    return buttons.map((row) => ({ ...row, action: JSON.parse(row.action) as unknown }));
  };
  const there = await moved(new PgliteDatabase());
  t.equal(there.length, 6);
  t.same(there, await moved(new SqliteDatabase(":memory:")));
});

test("only the placeholders of a statement are numbered", async (t) => {
  t.equal(
    numbered("a = ? AND b = '?' AND c = 'it''s ?' OR d = ?"),
    "a = $1 AND b = '?' AND c = 'it''s ?' OR d = $2",
  );
});
