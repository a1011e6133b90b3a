import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { migrate, migrations } from "../../src/store/migrations.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";

// The migrations take ten times as long as their outcome.
let schema: Promise<string> | undefined;

/** Gives an empty database the newest schema, as the migrations make it. */
export async function fillWithSchema(database: SqliteDatabase): Promise<void> {
  database.exec(await (schema ??= migratedSchema()));
  database.setSchemaVersion(migrations.length);
}

/** Puts an empty store of the newest schema where none is yet; a missing folder becomes private. */
export async function putEmptyStore(path: string): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, await (file ??= serialized()));
}

let file: Promise<Uint8Array> | undefined;

async function serialized(): Promise<Uint8Array> {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  database.exec(await (schema ??= migratedSchema()));
  database.exec(`PRAGMA user_version = ${migrations.length}`);
  const bytes = database.serialize();
  database.close();
  return bytes;
}

async function migratedSchema(): Promise<string> {
  const database = new SqliteDatabase(":memory:");
  await migrate(database);
  const made = database.all(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    [],
  ) as { sql: string }[];
  database.close();
  return `BEGIN; ${made.map(({ sql }) => sql).join("; ")}; COMMIT`;
}
