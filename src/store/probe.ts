import type { Store } from "./store.ts";

/** Room for the largest of what one update or reply usually brings, in bytes. */
const roomBytes = 64 * 1024;

/**
 * Tries whether the store takes something new; changing a row that is there needs no room.
 * @throws the store's error when it does not.
 */
export async function probe(store: Store): Promise<void> {
  await store.write((transaction) => {
    transaction.run(
      "REPLACE INTO settings (key, value) VALUES ('probe', ?)",
      "x".repeat(roomBytes),
    );
    transaction.run("DELETE FROM settings WHERE key = 'probe'");
  });
}
