/** Counts what happened within a period of time that moves along. */
export class Window {
  #periodMs: number;
  /** When it happened, oldest first; milliseconds since the epoch. */
  #times: number[] = [];

  /** `periodMs`: for how long something counts, in milliseconds. */
  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Counts something that happens now (milliseconds since the epoch). */
  add(now: number): void {
    this.#forget(now);
    this.#times.push(now);
  }

  /** When there are fewer than `limit` of them, in milliseconds since the epoch; 0 when there are now. */
  freeAt(now: number, limit: number): number {
    this.#forget(now);
    const oldest = this.#times.at(-limit);
    if (this.#times.length < limit || oldest === undefined) return 0;
    return oldest + this.#periodMs;
  }

  #forget(now: number): void {
    // What seems to come from the future was counted before the clock was set back.
    const isOver = (time: number) => time <= now - this.#periodMs || time > now;
    while (this.#times.length > 0 && isOver(this.#times[0] ?? 0)) this.#times.shift();
    while (this.#times.length > 0 && isOver(this.#times.at(-1) ?? 0)) this.#times.pop();
  }
}
