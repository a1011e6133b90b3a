import { putSetting, takeSettings } from "./settings.ts";
import type { Store } from "./store.ts";

/** Room for the largest of what one update or reply usually brings, in bytes. */
const roomBytes = 64 * 1024;
const key = "probe";

/**
 * Tries whether the store takes something new; changing a row that is there needs no room.
 * @throws the store's error when it does not.
 */
export async function probe(store: Store): Promise<void> {
  await store.write(async (transaction) => {
    await putSetting(transaction, key, "x".repeat(roomBytes));
    await takeSettings(transaction, key);
  });
}
