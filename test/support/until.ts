/** Repeats `look` until it finds something; for programs that tell nobody when they are done. */
export async function until<Found>(
  look: () => Promise<Found | undefined> | Found | undefined,
  timeoutMs = 30_000,
): Promise<Found> {
  const deadline = Date.now() + timeoutMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(50, 2 * pauseMs)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`never true: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
