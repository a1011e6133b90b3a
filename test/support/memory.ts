import type { Test } from "tap";
import { Store } from "../../src/store/store.ts";

/** A call of the outbox as a test looks at it. */
export interface OutboxRow {
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
export function memoryStore(t: Test): Store {
  const store = new Store(":memory:");
  t.teardown(() => store.close());
  return store;
}

/** The rows a query finds, as plain objects. */
export function rows<Row>(
  store: Store,
  sql: string,
  ...values: (string | number)[]
): Promise<Row[]> {
  return store.read((transaction) =>
    transaction.all<Row>(sql, ...values).map((row) => ({ ...row })),
  );
}

/** Every call of the outbox, oldest first. */
export async function outboxRows(store: Store): Promise<OutboxRow[]> {
  const found = await rows<OutboxRow & { payload: string }>(
    store,
    "SELECT * FROM outbox ORDER BY id",
  );
  return found.map((row) => ({
    ...row,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
  }));
}

/** The texts owed to chats, oldest first. */
export async function owedTexts(store: Store): Promise<unknown[]> {
  const owed = await outboxRows(store);
  return owed.flatMap(({ payload }) => payload["text"] ?? []);
}

/** Something a test can wait for, and the way to make it happen. */
export function signal(): { promise: Promise<void>; resolve: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, resolve };
}
