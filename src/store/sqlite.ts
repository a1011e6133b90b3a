import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { StartError } from "../errors.ts";
import { keepUpgradeCopy } from "./copy.ts";
import type { Database, Value } from "./database.ts";

// Everything that only SQLite needs.

/** The name of the store in `DATA_DIR`. */
export const storeName = "switchboard.sqlite";

// Waiting for a lock blocks the whole process, and the caller can try again.
const lockWaitMs = 250;

// Pages moved in one step of a vacuum; the process does nothing else meanwhile.
const pagesPerStep = 1000;

// Result codes of SQLite (https://sqlite.org/rescode.html).
const busy = 5;
// busy, locked, read-only, input/output error, full, cannot open: about the file, not the statement.
const fileFaults = new Set([busy, 6, 8, 10, 13, 14]);

/** Whether SQLite reported a fault of its file, such as a full disk or a lock. */
export function isSqliteFault(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && fileFaults.has(errcode % 256);
}

/**
 * An SQLite file in WAL mode. A commit with `isOnDisk` is flushed to the disk; any other survives
 * the end of the process, but not a power cut.
 */
export class SqliteDatabase implements Database {
  readonly dialect = "sqlite";
  readonly isSynchronous = true;
  #path: string;
  #database: DatabaseSync;
  #statements = new Map<string, StatementSync>();

  /**
   * Opens or creates the file; `:memory:` is for tests.
   * @throws StartError when the file is damaged or in use; it is then left as it was.
   */
  constructor(path: string) {
    checkFile(path);
    this.#path = path;
    this.#database = new DatabaseSync(path, { timeout: lockWaitMs });
    // Takes effect only while the file is empty; without it free pages cannot be given back.
    this.#database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  }

  get isInTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction;
  }

  run(sql: string, values: Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  get(sql: string, values: Value[]): unknown {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, values: Value[]): unknown[] {
    return this.#prepare(sql).all(...values);
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  begin(isOnDisk: boolean): void {
    // In WAL mode a commit with FULL flushes everything before it as well, one with NORMAL flushes
    // nothing (https://sqlite.org/pragma.html#pragma_synchronous).
    const level = isOnDisk ? "FULL" : "NORMAL";
    this.#database.exec(`PRAGMA synchronous = ${level}; BEGIN IMMEDIATE`);
  }

  schemaVersion(): number {
    return Number(this.#database.prepare("PRAGMA user_version").get()?.["user_version"]);
  }

  setSchemaVersion(version: number): void {
    this.#database.exec(`PRAGMA user_version = ${version}`);
  }

  async keepCopy(version: number): Promise<string | undefined> {
    if (this.#path === ":memory:") return undefined;
    return keepUpgradeCopy(this.#database, this.#path, version);
  }

  /** Gives the pages of removed rows, and the write-ahead log, back to the disk. */
  async shrink(): Promise<void> {
    while (this.#database.isOpen && this.#freePages() > 0) {
      this.#database.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
      await turn();
    }
    if (this.#database.isOpen) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** Closes the file; safe to call twice. */
  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #freePages(): number {
    // A file created without auto_vacuum (1 full, 2 incremental) keeps its free pages and reuses them.
    const mode = this.#database.prepare("PRAGMA auto_vacuum").get()?.["auto_vacuum"];
    const free = this.#database.prepare("PRAGMA freelist_count").get()?.["freelist_count"];
    return mode === 2 ? Number(free) : 0;
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Looks at the file before anything is written to it. */
function checkFile(path: string): void {
  if (path === ":memory:" || !existsSync(path) || statSync(path).size === 0) return;
  let verdict: unknown;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      verdict = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
    } finally {
      database.close();
    }
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) {
      throw new StartError(`The store ${path} is in use by another program. Stop that one first.`, {
        cause: error,
      });
    }
    throw damaged(path, error);
  }
  if (verdict !== "ok") throw damaged(path, verdict);
}

function damaged(path: string, cause: unknown): StartError {
  return new StartError(
    `The store ${path} is damaged; nothing was changed. Restore a backup, or move it away together with its -wal and -shm files to begin with an empty one.`,
    { cause },
  );
}

/**
 * Keeps a second Switchboard away from a data folder. It is an operating system lock on a small
 * SQLite file, so it ends with the process, however that ends.
 */
export class DataDirLock {
  #database: DatabaseSync;

  /**
   * Takes the lock and records which process has it.
   * @throws StartError that names the process that has it, or says that the folder takes no lock.
   */
  constructor(dataDir: string) {
    const holderPath = join(dataDir, "holder");
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(join(dataDir, "lock.sqlite"), { timeout: 0 });
      database.exec("BEGIN EXCLUSIVE");
      this.#database = database;
    } catch (error) {
      database?.close();
      if ((error as { errcode?: number }).errcode !== busy) throw withoutLocks(error);
      throw new StartError(
        `Another Switchboard (${holder(holderPath)}) uses this DATA_DIR. Stop it first, or set another DATA_DIR and another bot.`,
        { cause: error },
      );
    }
    writeFileSync(holderPath, `process ${process.pid}\n`);
  }

  /** Releases the lock; safe to call twice. */
  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function withoutLocks(error: unknown): StartError {
  const why = error instanceof Error ? error.message : String(error);
  return new StartError(
    `DATA_DIR cannot be used: its lock cannot be taken (${why}). Set it to a folder of this user, on a file system with locks.`,
    { cause: error },
  );
}

function holder(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "unknown process";
  }
}
