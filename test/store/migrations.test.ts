import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "tap";
import { findPressed } from "../../src/buttons/find-pressed.ts";
import { pressCard } from "../../src/cards/presses.ts";
import { migrate, migrations } from "../../src/store/migrations.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { tempDir } from "../support/app.ts";
import { storeWithOldButtons } from "../support/buttons-before.ts";
import { change, fileStore, outboxRows, rows } from "../support/memory.ts";
import { fillWithSchema, putEmptyStore } from "../support/migrated.ts";
import { takeMigrationBack } from "../support/older-store.ts";

test("a store of an earlier version gets the new columns, filled from what is there", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const before = new DatabaseSync(path);
  for (const { sqlite } of migrations.slice(0, 3)) before.exec(sqlite);
  const file = { chat_id: -100, document: { path: "/data/outgoing/1", name: "a.txt" } };
  const insert = before.prepare(
    `INSERT INTO outbox (lane, method, payload, state, created_at) VALUES ('l', 'm', ?, 'pending', 0)`,
  );
  for (const payload of [file, { chat_id: 1000, text: "a card" }, { callback_query_id: "q" }]) {
    insert.run(JSON.stringify(payload));
  }
  before.exec(
    `INSERT INTO cards (request_id, kind, agent, conversation, request, state, outbox_id, created_at)
     VALUES ('per_1', 'permission', 'site', '1000', '{}', 'open', 2, 0);
     PRAGMA user_version = 3`,
  );
  before.close();

  const store = await fileStore(path);
  t.teardown(() => store.close());
  t.same(await rows(store, "SELECT chat_id, file, is_pinned FROM outbox ORDER BY id"), [
    { chat_id: -100, file: "/data/outgoing/1", is_pinned: 0 },
    { chat_id: 1000, file: null, is_pinned: 1 },
    { chat_id: null, file: null, is_pinned: 0 },
  ]);
});

test("the buttons of open cards and of questions that were shown before the update still work", async (t) => {
  const store = await storeWithOldButtons(new SqliteDatabase(":memory:"));
  t.teardown(() => store.close());
  const press = { queryId: "q", operator: 1000, conversation: "-100:5", messageId: undefined };
  const card = async (key: string, operator = 1000) => {
    await store.write((transaction) => pressCard(transaction, { ...press, key, operator }));
    return (await outboxRows(store)).at(-1)?.payload["text"];
  };
  t.equal(await card("card open", 1001), "This button is for another operator.");
  t.equal(await card("card open"), "Allowed once.");
  t.equal(await card("card open"), "This button no longer works.");
  t.equal(await card("card any", 1001), "Allowed once.");
  for (const key of ["card answered", "card closed"])
    t.equal(await card(key), "This button no longer works.", key);
  const answered = await rows(store, "SELECT request_id FROM cards WHERE state = 'answered'");
  t.equal(answered.length, 3);

  const find = (key: string, conversation: string, operator = 1000) =>
    store.read((transaction) =>
      findPressed(transaction, { ...press, key, conversation, operator }),
    );
  const action = { command: "stop", argument: 'a "b"' };
  t.match(await find("stop yes", "1000"), {
    button: { purpose: "command", subject: "question 3", action, once: true, outboxId: 3 },
  });
  t.match(await find("stop no", "1000"), { button: { action: { command: "" } } });
  t.match(await find("stop yes", "1000", 1001), {
    refusal: "This button is for another operator.",
  });
  t.match(await find("stop yes", "-100:5"), { refusal: "This button is in another conversation." });
  for (const key of ["was used", "has no call"]) {
    t.match(await find(key, "1000"), { refusal: "This button no longer works." }, key);
  }
  t.same(await pinned(store), [1, 2, 3, 4]);
});

const pinned = async (store: Store) =>
  (await rows<{ id: number }>(store, "SELECT id FROM outbox WHERE is_pinned = 1 ORDER BY id")).map(
    ({ id }) => id,
  );

test("a store whose newest migration was taken back is migrated again with its rows", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = await fileStore(path);
  await change(
    first,
    `INSERT INTO prompts (update_id, agent, conversation, operator, chat_message_id, text, sent_at,
       state, message_id, part_id) VALUES (7, 'site', '1000', 1, 1, 'words', 0, 'queued', 'm', 'p')`,
  );
  await first.close();
  const database = new DatabaseSync(path);
  const schemaOf = (one: DatabaseSync) =>
    one
      .prepare(
        `SELECT known.type AS kind, tbl_name, known.name, parts.name AS part,
         CASE known.type WHEN 'index' THEN known.sql END AS sql FROM sqlite_schema AS known
         LEFT JOIN pragma_table_info(known.name) AS parts ORDER BY 1, 2, 3, 4`,
      )
      .all()
      .map((row) => ({ ...row }));
  const newest = schemaOf(database);
  takeMigrationBack(database);
  t.strictNotSame(schemaOf(database), newest);
  database.close();

  const second = await fileStore(path);
  t.match(await rows(second, "SELECT update_id, text FROM prompts"), [
    { update_id: 7, text: "words" },
  ]);
  await second.close();
  const after = new DatabaseSync(path);
  t.teardown(() => after.close());
  t.same(schemaOf(after), newest);
});

test("a row is written for a message without a table of SQLite's own", async (t) => {
  const database = new DatabaseSync(":memory:");
  t.teardown(() => database.close());
  for (const { sqlite } of migrations) database.exec(sqlite);
  const tables = ["updates", "prompts", "prompt_messages", "prompt_parts", "outbox"];
  for (const table of tables) {
    const all = database.prepare(`SELECT name FROM pragma_table_info(?)`).all(table);
    const names = all.map(({ name }) => String(name));
    const changes = names.map((name) => `${name} = ?`).join(", ");
    const writes = [
      `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
      `UPDATE ${table} SET ${changes} WHERE rowid = ?`,
    ];
    for (const write of writes) {
      const steps = database.prepare(`EXPLAIN ${write}`).all() as { opcode: string }[];
      t.same(
        steps.filter(({ opcode }) => opcode === "OpenEphemeral"),
        [],
        write,
      );
    }
  }
});

test("an empty store of the tests is the one that the migrations make", async (t) => {
  const content = async (database: SqliteDatabase) => {
    const made = database.all("SELECT * FROM sqlite_schema ORDER BY name", []) as Table[];
    const tables = made.filter(({ type }) => type === "table");
    const counts = tables.map(({ name }) => database.get(`SELECT count(*) FROM ${name}`, []));
    const version = database.schemaVersion();
    database.close();
    return { made: made.map(({ name, sql }) => [name, sql]), counts, version };
  };
  const migrated = new SqliteDatabase(":memory:");
  await migrate(migrated);
  const expected = await content(migrated);
  t.equal(expected.version, migrations.length);
  const filled = new SqliteDatabase(":memory:");
  await fillWithSchema(filled);
  t.same(await content(filled), expected);
  const path = join(tempDir(t), "data", "store.sqlite");
  await putEmptyStore(path);
  t.same(await content(new SqliteDatabase(path)), expected);
});

interface Table {
  type: string;
  name: string;
  sql: string;
}
