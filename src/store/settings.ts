import type { Store } from "./store.ts";

/** Small facts that outlive the process. */
export class Settings {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The value kept under a key. */
  get(key: string): Promise<string | undefined> {
    return this.#store.read(
      (transaction) =>
        transaction.get<{ value: string }>("SELECT value FROM settings WHERE key = ?", key)?.value,
    );
  }

  /** Keeps a value; resolves once it is on disk. */
  async set(key: string, value: string): Promise<void> {
    await this.#store.write((transaction) => {
      transaction.run(
        "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key,
        value,
      );
    });
  }
}
