import { setTimeout as pause } from "node:timers/promises";

const apartMs = 500;

/**
 * Looks again and again until it finds what is `wanted`, for `patienceMs` at most; the last finding. What just
 * starts is so not taken for broken.
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
