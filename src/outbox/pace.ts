const usualMs = 1000;
const longestMs = 15_000;
const recoveryMs = 100;

/**
 * How far apart the live calls of one chat are: a second, twice as far after each 429, and nearer again
 * little by little. Telegram's limits are not known and change.
 */
export class Pace {
  #intervalMs = usualMs;

  /** Milliseconds between the beginnings of two calls. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Telegram refused a call as one too many, or did not answer it. */
  slower(): void {
    this.#intervalMs = Math.min(longestMs, this.#intervalMs * 2);
  }

  /** A call went through. */
  faster(): void {
    this.#intervalMs = Math.max(usualMs, this.#intervalMs - recoveryMs);
  }
}
