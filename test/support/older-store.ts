import type { DatabaseSync } from "node:sqlite";
import { migrations } from "../../src/store/migrations.ts";
import type { Database } from "../../src/store/database.ts";

/** Makes an empty database what the Switchboard of `version` made of it. */
export async function migrateTo(database: Database, version: number): Promise<void> {
  // PostgreSQL has a table for it, which this makes.
  await database.schemaVersion();
  for (const migration of migrations.slice(0, version)) {
    await database.exec(migration[database.dialect]);
  }
  await database.setSchemaVersion(version);
}

/**
 * Takes the newest migration of a store back, whatever it does: the tables are made anew without it and
 * get of the rows what they can hold.
 */
export function takeMigrationBack(database: DatabaseSync): void {
  const names = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map(({ name }) => String(name));
  const ofKind = (kind: string) =>
    names(`SELECT name FROM sqlite_schema WHERE type = '${kind}' AND name NOT LIKE 'sqlite_%'`);
  const columns = (table: string) => names(`SELECT name FROM pragma_table_info('${table}')`);
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);

  database.exec("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN");
  for (const index of ofKind("index")) database.exec(`DROP INDEX ${index}`);
  const tables = ofKind("table");
  for (const table of tables) database.exec(`ALTER TABLE ${table} RENAME TO newer_${table}`);
  for (const { sqlite } of migrations.slice(0, version - 1)) database.exec(sqlite);
  const older = ofKind("table");
  for (const table of tables) {
    if (older.includes(table)) {
      const newer = columns(`newer_${table}`);
      const both = columns(table)
        .filter((name) => newer.includes(name))
        .join(", ");
      database.exec(`INSERT OR REPLACE INTO ${table} (${both}) SELECT ${both} FROM newer_${table}`);
    }
    database.exec(`DROP TABLE newer_${table}`);
  }
  database.exec(`PRAGMA user_version = ${version - 1}; COMMIT`);
}
