/**
 * Milliseconds to wait before the next attempt, after `attempts` of them: `firstMs`, then twice as
 * long each time, never more than `longestMs`.
 */
export function pauseAfter(
  attempts: number,
  { firstMs = 1000, longestMs = 30_000 }: { firstMs?: number; longestMs?: number } = {},
): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 10));
}
