import type { Store, Transaction } from "./store.ts";

/** Stores a value under a key, or replaces the one there is. */
export async function putSetting(
  transaction: Transaction,
  key: string,
  value: string,
): Promise<void> {
  await transaction.run(
    `INSERT INTO settings (key, value) VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    key,
    value,
  );
}

/** Stores a value under a key that has none; whether it did. */
export async function addSetting(
  transaction: Transaction,
  key: string,
  value: string,
): Promise<boolean> {
  const { changes } = await transaction.run(
    "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
    key,
    value,
  );
  return changes === 1;
}

/** Removes every key that begins with `prefix`; the values that stood there. */
export async function takeSettings(transaction: Transaction, prefix: string): Promise<string[]> {
  const taken = await transaction.all<{ value: string }>(
    "DELETE FROM settings WHERE substr(key, 1, ?) = ? RETURNING value",
    prefix.length,
    prefix,
  );
  return taken.map(({ value }) => value);
}

/** The value stored under a key, as of this transaction. */
export async function settingOf(
  transaction: Transaction,
  key: string,
): Promise<string | undefined> {
  const row = await transaction.get<{ value: string }>(
    "SELECT value FROM settings WHERE key = ?",
    key,
  );
  return row?.value;
}

/** Small facts that outlive the process. */
export class Settings {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The value stored under a key. */
  get(key: string): Promise<string | undefined> {
    return this.#store.read((transaction) => settingOf(transaction, key));
  }

  /** Stores a value; resolves once it is on disk. */
  async set(key: string, value: string): Promise<void> {
    await this.#store.write((transaction) => putSetting(transaction, key, value));
  }
}
