import type { Test } from "tap";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { Store } from "../../src/store/store.ts";
import { fillWithSchema } from "./migrated.ts";

/** A call of the outbox as a test looks at it. */
export interface CallRow {
  id: number;
  lane: string;
  method: string;
  payload: Record<string, unknown>;
  state: string;
  attempts: number;
  message_id: number | null;
  reply_id: string | null;
}

/** A store in memory, closed at the end of the test. */
export async function memoryStore(t: Test): Promise<Store> {
  const database = new SqliteDatabase(":memory:");
  await fillWithSchema(database);
  const store = await Store.open(database);
  t.teardown(() => store.close());
  return store;
}

/** The store in an SQLite file. */
export async function fileStore(path: string): Promise<Store> {
  return Store.open(new SqliteDatabase(path));
}

/** The rows a query finds, as plain objects. */
export async function rows<Row>(
  store: Store,
  sql: string,
  ...values: (string | number)[]
): Promise<Row[]> {
  const found = await store.read((transaction) => transaction.all<Row>(sql, ...values));
  return found.map((row) => ({ ...row }));
}

/** Runs one statement in a transaction of its own. */
export async function change(
  store: Store,
  sql: string,
  ...values: (string | number | null)[]
): Promise<void> {
  await store.write((transaction) => transaction.run(sql, ...values));
}

/** Every call of the outbox, oldest first. */
export async function outboxRows(store: Store): Promise<CallRow[]> {
  const found = await rows<CallRow & { payload: string }>(
    store,
    "SELECT * FROM outbox ORDER BY id",
  );
  return found.map((row) => ({
    ...row,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
  }));
}

/** The texts that chats are to get, oldest first. */
export async function queuedTexts(store: Store): Promise<unknown[]> {
  const calls = await outboxRows(store);
  return calls.flatMap(({ payload }) => payload["text"] ?? []);
}

/** Something a test can wait for, and the way to make it happen. */
export function signal(): { promise: Promise<void>; resolve: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, resolve };
}
