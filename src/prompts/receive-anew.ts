import type { Store } from "../store/store.ts";

// Telegram's first repeats come after 0, 2 and 4 s.
const afterStartMs = 5000;

/**
 * Lets prompts that were receiving when the last process ended receive for 5 seconds more: Telegram
 * repeats what it could not deliver meanwhile. Call it before anything is delivered.
 */
export async function receiveAnew(store: Store, now = Date.now()): Promise<void> {
  const until = now + afterStartMs;
  await store.writeBehind((transaction) =>
    transaction.run(
      "UPDATE prompts SET receive_until = ? WHERE state = 'receiving' AND receive_until < ?",
      until,
      until,
    ),
  );
}
