import { EventEmitter, once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import type { Logger } from "../log.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrations.ts";
import { isSqliteFault } from "./sqlite.ts";
import {
  isInUnit,
  readUnit,
  type Signal,
  type Transaction,
  TransactionNested,
  writeUnit,
} from "./unit.ts";

export type { Transaction } from "./unit.ts";

// Errors of other files on the same disk: no room, or the user's quota used up.
const diskFaults = new Set(["ENOSPC", "EDQUOT"]);

/** Whether an error means that nothing can be stored now: the store is locked or out of reach, or the disk full. */
export function isStoreFault(error: unknown): boolean {
  const { code = "" } = error as { code?: string };
  return diskFaults.has(code) || isSqliteFault(error);
}

type Work<Result> = (transaction: Transaction) => Promise<Result>;

interface Waiting {
  work: Work<unknown>;
  isOnDisk: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * The database that holds everything durable. Units of work run one after another, each in the
 * order it came, and may wait for nothing but their own transaction. What `write` resolved for is on
 * disk; what `writeBehind` resolved for survives the end of the process, not a power cut.
 */
export class Store {
  #database: Database;
  #waiting: Waiting[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #signals = new EventEmitter().setMaxListeners(0);

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Brings the schema of a database up to date, after a copy, and opens it as the store.
   * @throws StartError when it was written by a newer Switchboard, or there is no room for the copy.
   */
  static async open(database: Database, log?: Pick<Logger, "info">): Promise<Store> {
    try {
      await migrate(database, log);
    } catch (error) {
      await database.close();
      throw error;
    }
    return new Store(database);
  }

  /**
   * Runs `work` inside a transaction; all of it is committed or none. Calls that arrive together share
   * one commit, since a commit costs a flush of the disk; one that fails undoes only its own work.
   * @throws what `work` throws, or the store's error when the commit fails.
   */
  write<Result>(work: Work<Result>): Promise<Result> {
    return this.#queue(work, true);
  }

  /**
   * Like `write`, for changes that have not been acknowledged to anybody outside: they are on disk with the next
   * `write`, never after it. A power cut before that undoes them, the newest first, as if their
   * work had not been done yet.
   */
  writeBehind<Result>(work: Work<Result>): Promise<Result> {
    return this.#queue(work, false);
  }

  /** Runs `work`, which only reads, as soon as no transaction is open: it sees only what was committed. */
  async read<Result>(work: Work<Result>): Promise<Result> {
    if (isInUnit()) throw new TransactionNested();
    while (this.#running) await this.#running;
    return readUnit(this.#database, work);
  }

  /**
   * Calls `listener` after each commit that announced something on this channel, with its subject.
   * It is a hint: a listener reads what there is to do, and must not throw. Returns a function that
   * ends it.
   */
  on(channel: string, listener: (subject: string | undefined) => void): () => void {
    this.#signals.on(channel, listener);
    return () => this.#signals.off(channel, listener);
  }

  /** Resolves at the next announcement of this subject, or when `signal` is aborted. */
  async next(channel: string, subject: string, signal: AbortSignal): Promise<void> {
    await once(this.#signals, nameOf(channel, subject), { signal }).catch(() => undefined);
  }

  /** Gives the space of removed rows back to the disk. */
  async shrink(): Promise<void> {
    while (this.#running) await this.#running;
    if (!this.#isClosed) await this.#database.shrink();
  }

  /** Finishes what waits and closes the database; safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearImmediate(this.#scheduled);
    while (this.#running) await this.#running;
    await this.#runBatch();
    // Reads that have begun take microtasks only.
    await turn();
    await this.#database.close();
  }

  #queue<Result>(work: Work<Result>, isOnDisk: boolean): Promise<Result> {
    if (isInUnit()) return Promise.reject(new TransactionNested());
    if (this.#isClosed) return Promise.reject(new Error("the store is closed"));
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ work, isOnDisk, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#running || this.#isClosed) return;
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#running = this.#runBatch().finally(() => {
        this.#running = undefined;
        if (this.#waiting.length > 0) this.#schedule();
      });
    });
  }

  /** Runs everything that waits in one transaction. */
  async #runBatch(): Promise<void> {
    const batch = this.#waiting.splice(0);
    if (batch.length === 0) return;
    const settle: (() => void)[] = [];
    const signals: Signal[] = [];
    try {
      await this.#database.begin(batch.some(({ isOnDisk }) => isOnDisk));
      for (const item of batch) settle.push(await this.#attempt(item, signals, batch.length > 1));
      await this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isInTransaction) await this.#database.exec("ROLLBACK");
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const callback of settle) callback();
    this.#announce(signals);
  }

  /** Runs one unit inside the shared transaction; returns what to call after the commit. */
  async #attempt(
    { work, resolve, reject }: Waiting,
    signals: Signal[],
    isShared: boolean,
  ): Promise<() => void> {
    // A unit that has the transaction to itself is undone with it.
    if (!isShared) {
      const { result, signals: own } = await writeUnit(this.#database, work);
      signals.push(...own);
      return () => resolve(result);
    }
    await this.#database.run("SAVEPOINT unit", []);
    try {
      const { result, signals: own } = await writeUnit(this.#database, work);
      await this.#database.run("RELEASE SAVEPOINT unit", []);
      signals.push(...own);
      return () => resolve(result);
    } catch (error) {
      // A full disk makes SQLite end the whole transaction; then the batch fails as one.
      if (!this.#database.isInTransaction) throw error;
      await this.#database.exec("ROLLBACK TO SAVEPOINT unit; RELEASE SAVEPOINT unit");
      return () => reject(error);
    }
  }

  #announce(signals: Signal[]): void {
    const told = new Set<string>();
    for (const { channel, subject } of signals) {
      const name = nameOf(channel, subject);
      if (told.has(name)) continue;
      told.add(name);
      this.#signals.emit(channel, subject);
      this.#signals.emit(name);
    }
  }
}

function nameOf(channel: string, subject: string | undefined): string {
  return JSON.stringify([channel, subject]);
}
