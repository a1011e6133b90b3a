/** What a statement takes and gives back; times are milliseconds since the epoch, flags are 0 and 1. */
export type Value = string | number | null;

/** The SQL dialect of a database. */
export type Dialect = "sqlite" | "postgres";

/** One change of the schema, in the SQL of each database. */
export type Migration = Record<Dialect, string>;

/** The answer of a database that may or may not be in this process. */
type Eventually<Result> = Result | Promise<Result>;

/**
 * What the store needs of a database: statements with `?` for each value, and one transaction at a
 * time. `SqliteDatabase` is the one Switchboard runs on; the statements themselves also run on
 * PostgreSQL, which a test shows.
 */
export interface Database {
  readonly dialect: Dialect;
  /**
   * Statements end before their call returns. Then a unit of work needs no more than microtasks, and
   * one that waits for anything else can be told exactly.
   */
  readonly isSynchronous: boolean;
  /** A transaction is open; a fault, such as a full disk, may have ended it. */
  readonly isInTransaction: boolean;
  /** Runs a statement and counts the rows it changed. */
  run: (sql: string, values: Value[]) => Eventually<number>;
  /** Runs a statement and returns its first row. */
  get: (sql: string, values: Value[]) => Eventually<unknown>;
  /** Runs a statement and returns its rows. */
  all: (sql: string, values: Value[]) => Eventually<unknown[]>;
  /** Runs statements without values, separated by semicolons. */
  exec: (sql: string) => Eventually<void>;
  /** Begins a transaction; `isOnDisk`: its commit is on disk when it returns. */
  begin: (isOnDisk: boolean) => Eventually<void>;
  /** The number of migrations that have run. */
  schemaVersion: () => Eventually<number>;
  /** Records the number of migrations that have run, inside their transaction. */
  setSchemaVersion: (version: number) => Eventually<void>;
  /**
   * Keeps a copy of everything as it is in this schema, before that changes, and resolves to where; a database
   * that is backed up by others keeps none. @throws StartError when there is no room for one.
   */
  keepCopy: (version: number) => Promise<string | undefined>;
  /** Gives unused space back to the disk. */
  shrink: () => Promise<void>;
  close: () => Eventually<void>;
}
