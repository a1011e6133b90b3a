import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { checkFile } from "./check-file.ts";
import { migrate } from "./migrations.ts";

// Waiting for a lock stops everything else, and whoever asked can ask again.
const lockWaitMs = 250;

// Primary result codes of SQLite that speak of the file and not of the statement: busy, locked,
// read-only, input/output error, full, cannot open (https://sqlite.org/rescode.html).
const fileFaults = new Set([5, 6, 8, 10, 13, 14]);

// What a file beside the store meets on the same disk: no room, or the user's share used up.
const diskFaults = new Set(["ENOSPC", "EDQUOT"]);

/** Whether an error means that nothing can be stored now: the store is locked or out of reach, or the disk full. */
export function isStoreFault(error: unknown): boolean {
  const { errcode, code = "" } = error as { errcode?: number; code?: string };
  return diskFaults.has(code) || (errcode !== undefined && fileFaults.has(errcode % 256));
}

/** The statements a unit of work may run; valid only until that work returns. */
export interface Transaction {
  /** Runs a statement that returns no rows; `changes` is the number of rows it touched. */
  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number };
  /** The first row, or undefined. */
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** All rows. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
}

interface Waiting {
  work: (transaction: Transaction) => unknown;
  isOnDisk: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * The SQLite file everything durable stands in. What `write` resolved for is on disk
 * (WAL, `synchronous=FULL`); what `writeBehind` resolved for survives the end of the process, not a
 * power cut. Work is a synchronous function, so nothing can interleave with it; the methods are
 * async so that a networked database can stand behind the same ones.
 */
export class Store {
  #database: DatabaseSync;
  #statements = new Map<string, StatementSync>();
  #waiting: Waiting[] = [];
  #flushing: NodeJS.Immediate | undefined;
  #transaction: Transaction;

  /**
   * Opens or makes the file and brings its schema up to date; `:memory:` is for tests.
   * @throws StartError when the file is damaged, in use, or of a newer Switchboard; it is then left
   * as it was.
   */
  constructor(path: string) {
    checkFile(path);
    this.#database = new DatabaseSync(path, { timeout: lockWaitMs });
    // Free pages can then be given back; it only takes effect while the file is empty.
    this.#database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    migrate(this.#database);
    this.#transaction = {
      run: (sql, ...values) => {
        const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
        return { changes: Number(changes), lastId: Number(lastInsertRowid) };
      },
      get: <Row>(sql: string, ...values: SQLInputValue[]) =>
        this.#prepare(sql).get(...values) as Row | undefined,
      all: <Row>(sql: string, ...values: SQLInputValue[]) =>
        this.#prepare(sql).all(...values) as Row[],
    };
  }

  /**
   * Runs `work` inside a transaction; all of it is kept or none. Calls that arrive together share
   * one commit, since a commit costs a flush of the disk; one that throws undoes only its own work.
   * @throws what `work` throws, or the store's error when the commit fails.
   */
  write<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return this.#queue(work, true);
  }

  /**
   * Like `write`, for changes that nobody outside has been told of: they are on disk with the next
   * `write`, never after it. A power cut before that undoes them, the newest first, as if their
   * work had not been done yet.
   */
  writeBehind<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return this.#queue(work, false);
  }

  /** Runs `work`, which only reads, at once. */
  async read<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return work(this.#transaction);
  }

  /** Gives the pages of removed rows, and the log of what is in the file by now, back to the disk. */
  async shrink(): Promise<void> {
    while (this.#database.isOpen && this.#freePages() > 0) {
      // Each step moves that many pages and holds everything up meanwhile.
      this.#database.exec("PRAGMA incremental_vacuum(1000)");
      await turn();
    }
    if (this.#database.isOpen) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** Finishes what waits and closes the file; safe to call twice. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#flush();
    this.#statements.clear();
    this.#database.close();
  }

  #queue<Result>(work: (transaction: Transaction) => Result, isOnDisk: boolean): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ work, isOnDisk, resolve: resolve as (value: unknown) => void, reject });
      this.#flushing ??= setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const batch = this.#waiting.splice(0);
    if (batch.length === 0) return;
    const settle: (() => void)[] = [];
    try {
      // In WAL mode a commit with FULL takes everything before it to the disk, one with NORMAL
      // nothing (https://sqlite.org/pragma.html#pragma_synchronous).
      const level = batch.some(({ isOnDisk }) => isOnDisk) ? "FULL" : "NORMAL";
      this.#database.exec(`PRAGMA synchronous = ${level}; BEGIN IMMEDIATE`);
      for (const item of batch) settle.push(this.#attempt(item));
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec("ROLLBACK");
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const callback of settle) callback();
  }

  /** Runs one piece of work inside the shared transaction; returns what to call once it is kept. */
  #attempt({ work, resolve, reject }: Waiting): () => void {
    this.#database.exec("SAVEPOINT work");
    try {
      const result = work(this.#transaction);
      this.#database.exec("RELEASE work");
      return () => resolve(result);
    } catch (error) {
      // A full disk makes SQLite end the whole transaction; then the batch fails as one.
      if (!this.#database.isTransaction) throw error;
      this.#database.exec("ROLLBACK TO work; RELEASE work");
      return () => reject(error);
    }
  }

  #freePages(): number {
    // A file made without auto_vacuum (1 full, 2 incremental) keeps its free pages and uses them.
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
