import { mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "tap";
import { copyStore } from "../../src/store/copy.ts";
import { migrate, migrations } from "../../src/store/migrations.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { Store } from "../../src/store/store.ts";
import { tempDir } from "../support/app.ts";
import { fileStore, rows } from "../support/memory.ts";
import { migrateTo } from "../support/older-store.ts";

const newest = migrations.length;

/** The store of an older Switchboard, with one row. */
async function olderStore(path: string, version: number): Promise<void> {
  const database = new SqliteDatabase(path);
  database.exec("PRAGMA synchronous = OFF");
  await migrateTo(database, version);
  database.exec("INSERT INTO settings (key, value) VALUES ('kept', 'words')");
  database.close();
}

const kept = (path: string) => {
  const database = new DatabaseSync(path);
  try {
    return {
      version: database.prepare("PRAGMA user_version").get()?.["user_version"],
      value: database.prepare("SELECT value FROM settings WHERE key = 'kept'").get()?.["value"],
    };
  } finally {
    database.close();
  }
};

test("before an upgrade the store is copied, for this user alone, and the copy still works", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "switchboard.sqlite");
  await olderStore(path, newest - 2);
  const lines: unknown[] = [];
  const store = await Store.open(new SqliteDatabase(path), {
    info: (...line: unknown[]) => lines.push(line),
  });
  await store.close();
  const copy = join(dir, `switchboard.schema-${newest - 2}.sqlite`);
  t.same(lines, [[{ schema: newest - 2, newSchema: newest, copy }, "the store is upgraded"]]);
  t.same(kept(path), { version: newest, value: "words" });
  t.same(kept(copy), { version: newest - 2, value: "words" });
  t.equal(statSync(copy).mode & 0o777, 0o600);

  const restored = await fileStore(copy);
  t.same(await rows(restored, "SELECT value FROM settings WHERE key = 'kept'"), [
    { value: "words" },
  ]);
  await restored.close();
});

test("a new store and one of today are not copied; only the newest three copies stay", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "switchboard.sqlite");
  await (await fileStore(path)).close();
  await (await fileStore(path)).close();
  t.same(readdirSync(dir), ["switchboard.sqlite"]);

  for (const [age, name] of ["schema-7", "schema-8", "schema-9", "other"].entries()) {
    const copy = join(dir, `switchboard.${name}.sqlite`);
    writeFileSync(copy, "");
    utimesSync(copy, 1000 + age, 1000 + age);
  }
  const database = new SqliteDatabase(path);
  database.setSchemaVersion(newest - 1);
  await database.keepCopy(newest - 1);
  database.close();
  t.same(
    readdirSync(dir).filter((name) => name.includes("schema") || name.includes("other")),
    [
      "switchboard.other.sqlite",
      `switchboard.schema-${newest - 1}.sqlite`,
      "switchboard.schema-8.sqlite",
      "switchboard.schema-9.sqlite",
    ].toSorted(),
  );
});

test("a disk that is full in the middle of an upgrade undoes that step and loses nothing", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "switchboard.sqlite");
  await olderStore(path, 10);
  const database = new SqliteDatabase(path);
  const size = database.get("PRAGMA page_count", []) as { page_count: number };
  database.exec(`PRAGMA max_page_count = ${size.page_count + 2}`);
  await t.rejects(Store.open(database), { message: "database or disk is full" });
  const half = kept(path);
  t.equal(half.value, "words");
  t.ok(Number(half.version) < newest, "it stopped on the way");
  t.same(kept(join(dir, "switchboard.schema-10.sqlite")), { version: 10, value: "words" });

  await (await fileStore(path)).close();
  t.same(kept(path), { version: newest, value: "words" }, "with room it goes on where it stopped");
});

test("where no copy can be kept, nothing is upgraded, and one line says so", async (t) => {
  const path = join(tempDir(t), "switchboard.sqlite");
  await olderStore(path, newest - 1);
  // In the copy's place, and not to be removed by its making.
  mkdirSync(join(path, "..", `switchboard.schema-${newest - 1}.sqlite`, "x"), { recursive: true });
  await t.rejects(fileStore(path), {
    name: "StartError",
    message: /^The store cannot be upgraded, since/,
  });
  t.equal(kept(path).version, newest - 1);
});

test("a store of a newer Switchboard is refused in one line, and is not touched", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "switchboard.sqlite");
  await olderStore(path, newest);
  const database = new SqliteDatabase(path);
  database.setSchemaVersion(newest + 1);
  await t.rejects(migrate(database), {
    name: "StartError",
    message: new RegExp(
      `^The store was written by a newer Switchboard \\(its schema is ${newest + 1}`,
    ),
  });
  database.close();
  t.same(kept(path), { version: newest + 1, value: "words" });
  t.same(readdirSync(dir), ["switchboard.sqlite"]);
});

test("a copy that fails leaves nothing behind", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "switchboard.sqlite");
  await olderStore(path, newest);
  await t.rejects(copyStore(join(dir, "missing.sqlite"), join(dir, "copy.sqlite")));
  writeFileSync(join(dir, "noise"), "x".repeat(9000));
  await t.rejects(copyStore(join(dir, "noise"), join(dir, "copy.sqlite")), {
    message: "file is not a database",
  });
  t.same(readdirSync(dir).toSorted(), ["noise", "switchboard.sqlite"]);
});

test("the copy that was just made stays, beside links and where the clock was set back", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "switchboard.sqlite");
  await (await fileStore(path)).close();
  symlinkSync("/nowhere", join(dir, "switchboard.schema-1.sqlite"));
  const later = Date.now() / 1000 + 1000;
  for (const schema of [7, 8, 9]) {
    const copy = join(dir, `switchboard.schema-${schema}.sqlite`);
    writeFileSync(copy, "");
    utimesSync(copy, later, later);
  }
  const database = new SqliteDatabase(path);
  t.equal(kept(String(await database.keepCopy(newest - 1))).version, newest);
  database.close();
  t.equal(readdirSync(dir).filter((name) => name.includes("schema")).length, 3);
});
