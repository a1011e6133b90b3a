import { PGlite } from "@electric-sql/pglite";
import type { Database, Value } from "../../src/store/database.ts";

/** PostgreSQL inside of this process, as the store's database; it remembers what it was asked. */
export class PgliteDatabase implements Database {
  readonly dialect = "postgres";
  readonly isSynchronous = false;
  /** Every statement that ran without an error, as the store gave it. */
  readonly statements = new Set<string>();
  isInTransaction = false;
  #database = new PGlite();

  async run(sql: string, values: Value[]): Promise<number> {
    return (await this.#query(sql, values)).affectedRows ?? 0;
  }

  async get(sql: string, values: Value[]): Promise<unknown> {
    return (await this.#query(sql, values)).rows[0];
  }

  async all(sql: string, values: Value[]): Promise<unknown[]> {
    return (await this.#query(sql, values)).rows;
  }

  async exec(sql: string): Promise<void> {
    await this.#database.exec(sql);
    if (sql === "COMMIT" || sql === "ROLLBACK") this.isInTransaction = false;
  }

  async begin(isOnDisk: boolean): Promise<void> {
    await this.#database.exec(`BEGIN; SET LOCAL synchronous_commit = ${isOnDisk ? "on" : "off"}`);
    this.isInTransaction = true;
  }

  async schemaVersion(): Promise<number> {
    await this.#database.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)");
    const { rows } = await this.#database.query<{ version: number }>(
      "SELECT max(version) AS version FROM schema_version",
    );
    return rows[0]?.version ?? 0;
  }

  async setSchemaVersion(version: number): Promise<void> {
    await this.#database.query("INSERT INTO schema_version VALUES ($1)", [version]);
  }

  async keepCopy(): Promise<undefined> {
    return undefined;
  }

  async shrink(): Promise<void> {
    await this.#database.exec("VACUUM");
  }

  async close(): Promise<void> {
    if (!this.#database.closed) await this.#database.close();
  }

  async #query(sql: string, values: Value[]) {
    const result = await this.#database.query(numbered(sql), values);
    this.statements.add(sql);
    return result;
  }
}

/** A statement with `$1`, `$2` … for its `?`; those inside of a string are left alone. */
export function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll(/'(?:[^']|'')*'|\?/g, (found) =>
    found === "?" ? `$${(count += 1)}` : found,
  );
}
