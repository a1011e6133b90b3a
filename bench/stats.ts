/** What samples amount to, in the unit they were taken in. */
export interface Summary {
  p50: number;
  p95: number;
  /** Number of samples. */
  n: number;
}

/**
 * The median and the 95th percentile (nearest rank) of samples.
 * @throws RangeError when there are none.
 */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("no samples");
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return { p50: at(0.5), p95: at(0.95), n: sorted.length };
}

/** One way to do a thing; resolves to what it cost. */
export type Measure = () => Promise<number>;

/**
 * Takes samples of a subject and of its floor in turn, the first of each pair changing sides, so
 * that whatever else the machine does meets both alike. The first `warmUp` pairs are not counted.
 */
export async function interleave(
  { subject, floor }: { subject: Measure; floor: Measure },
  { pairs, warmUp }: { pairs: number; warmUp: number },
): Promise<{ measured: Summary; floor: Summary }> {
  const taken = { subject: [] as number[], floor: [] as number[] };
  for (let pair = -warmUp; pair < pairs; pair += 1) {
    const order =
      pair % 2 === 0 ? (["floor", "subject"] as const) : (["subject", "floor"] as const);
    for (const side of order) {
      const cost = await (side === "subject" ? subject() : floor());
      if (pair >= 0) taken[side].push(cost);
    }
  }
  return { measured: summarize(taken.subject), floor: summarize(taken.floor) };
}
