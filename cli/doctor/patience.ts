import { setTimeout as pause } from "node:timers/promises";

const apartMs = 500;

/**
 * Repeats `look` until its result is wanted, for at most `patienceMs`, and resolves to the last result. So what is
 * just starting does not count as broken.
 */
export async function patiently<Found>(
  look: () => Promise<Found>,
  isWanted: (found: Found) => boolean,
  { patienceMs, signal }: { patienceMs: number; signal: AbortSignal },
): Promise<Found> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (isWanted(found) || performance.now() + apartMs > deadline) return found;
    await pause(apartMs, undefined, { signal });
  }
}
