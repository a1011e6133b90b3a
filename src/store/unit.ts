import { AsyncLocalStorage } from "node:async_hooks";
import type { Database, Value } from "./database.ts";

/** The statements a unit of work may run; valid only until that work ends. */
export interface Transaction {
  /** Runs a statement that returns no rows; `changes` is the number of rows it changed. */
  run: (sql: string, ...values: Value[]) => Promise<{ changes: number }>;
  /** The first row, or undefined. */
  get: <Row>(sql: string, ...values: Value[]) => Promise<Row | undefined>;
  /** All rows. */
  all: <Row>(sql: string, ...values: Value[]) => Promise<Row[]>;
  /**
   * Announces something after the commit, once however often it is called; never after a rollback.
   * `subject` says what it is about, such as an agent's name.
   */
  notify: (channel: string, subject?: string) => void;
}

/** What is announced after a commit. */
export interface Signal {
  channel: string;
  subject: string | undefined;
}

/** A unit of work waited for something else than its own transaction, and was rolled back. */
export class TransactionStalled extends Error {
  constructor() {
    super("a unit of work may wait for its transaction only");
    this.name = "TransactionStalled";
  }
}

/** A statement came after its unit of work had ended. */
export class TransactionClosed extends Error {
  constructor() {
    super("this unit of work has ended");
    this.name = "TransactionClosed";
  }
}

/** The store was asked for another unit of work inside of one, which would wait for itself. */
export class TransactionNested extends Error {
  constructor() {
    super("a unit of work must use its own transaction, not the store");
    this.name = "TransactionNested";
  }
}

// Microtasks a unit may take between two statements. Real work was seen to take 7.
const mostMicrotasks = 100;

const current = new AsyncLocalStorage<Unit>();

/** Whether this code runs inside a unit of work that writes and has not ended. */
export function isInUnit(): boolean {
  return current.getStore()?.isOpen === true;
}

/**
 * Runs a unit of work. It fails when `work` throws, and when a statement fails, even if that was
 * caught, since PostgreSQL would refuse the rest. On a synchronous database it also fails when it
 * waits for anything but its statements: the event loop never turns while its transaction is open,
 * so nothing can come in between.
 * @throws what `work` or a statement threw; TransactionStalled.
 */
export async function writeUnit<Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<{ result: Result; signals: readonly Signal[] }> {
  const unit = new Unit(database);
  const result = await settle(unit, current.run(unit, work, unit), database);
  return { result, signals: unit.signals };
}

/** Runs a unit of work that only reads, under the same rules. */
export function readUnit<Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const unit = new Unit(database);
  return settle(unit, work(unit), database);
}

async function settle<Result>(
  unit: Unit,
  running: Promise<Result>,
  { isSynchronous }: Database,
): Promise<Result> {
  try {
    const result = await (isSynchronous ? unit.guard(running) : running);
    if (unit.failure) throw unit.failure.error;
    return result;
  } finally {
    unit.isOpen = false;
  }
}

class Unit implements Transaction {
  isOpen = true;
  failure: { error: unknown } | undefined;
  readonly signals: Signal[] = [];
  #database: Database;
  #microtasks = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  async run(sql: string, ...values: Value[]): Promise<{ changes: number }> {
    this.#check();
    try {
      return { changes: await this.#database.run(sql, values) };
    } catch (error) {
      throw this.#fail(error);
    }
  }

  async get<Row>(sql: string, ...values: Value[]): Promise<Row | undefined> {
    this.#check();
    try {
      return (await this.#database.get(sql, values)) as Row | undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  async all<Row>(sql: string, ...values: Value[]): Promise<Row[]> {
    this.#check();
    try {
      return (await this.#database.all(sql, values)) as Row[];
    } catch (error) {
      throw this.#fail(error);
    }
  }

  notify(channel: string, subject?: string): void {
    const isKnown = this.signals.some((one) => one.channel === channel && one.subject === subject);
    if (!isKnown) this.signals.push({ channel, subject });
  }

  /**
   * Settles as `running` does, or rejects as soon as it is known to wait for something else. It
   * counts microtasks: while some are left the event loop cannot turn, so no timer or I/O could
   * have continued the work either.
   */
  guard<Result>(running: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      running.then(
        (result) => {
          this.isOpen = false;
          resolve(result);
        },
        (error: unknown) => {
          this.isOpen = false;
          reject(error);
        },
      );
      const count = () => {
        if (!this.isOpen) return;
        this.#microtasks += 1;
        if (this.#microtasks <= mostMicrotasks) return queueMicrotask(count);
        this.isOpen = false;
        reject(new TransactionStalled());
      };
      count();
    });
  }

  #check(): void {
    if (!this.isOpen) throw new TransactionClosed();
    if (this.failure) throw this.failure.error;
    this.#microtasks = 0;
  }

  #fail(error: unknown): unknown {
    this.failure ??= { error };
    return error;
  }
}
