import { setTimeout as pause } from "node:timers/promises";
import { isStoreFault, type Store, type Transaction } from "./store.ts";

const storePauseMs = 250;

/**
 * Writes what must not be worked out again, however often the store fails: it is full or locked for a while.
 * @throws what `work` throws; the store's fault once `signal` is aborted.
 */
export async function persist<Result>(
  store: Store,
  work: (transaction: Transaction) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  for (;;) {
    try {
      return await store.write(work);
    } catch (error) {
      if (!isStoreFault(error) || signal.aborted) throw error;
      await pause(storePauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
