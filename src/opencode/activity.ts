import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Remembers how often turns began, and wakes those who wait for something to happen in a session. It is
 * only a hint: the waiter reads the state itself, and reads it again after a while even if it is not woken.
 */
export class Activity {
  /** Milliseconds that opencode 1.18 takes about from a prompt's arrival to asking the model. */
  readonly acceptLatencyMs: number;
  #emitter = new EventEmitter().setMaxListeners(0);
  #begun = new Map<string, number>();
  #rested = new Set<string>();
  #steps = new Map<string, number>();
  #errors = new Map<string, number>();
  #gaps = 0;

  constructor({ acceptLatencyMs = 100 }: { acceptLatencyMs?: number } = {}) {
    this.acceptLatencyMs = acceptLatencyMs;
  }

  /** Something happened in this session. */
  notify(sessionId: string): void {
    this.#emitter.emit(sessionId);
  }

  /** A turn of this session began, or a step of one. */
  began(sessionId: string): void {
    this.#rested.delete(sessionId);
    this.#steps.set(sessionId, (this.#steps.get(sessionId) ?? 0) + 1);
    this.#begun.set(sessionId, (this.#begun.get(sessionId) ?? 0) + 1);
  }

  /** This session has come to rest: its turn, or a step of it, ended. */
  rested(sessionId: string): void {
    this.#rested.add(sessionId);
  }

  /**
   * Of how many steps the turn was, at most, with which this session has come to rest; undefined unless it has
   * since it began and since this was asked. So it is told once.
   */
  takeRest(sessionId: string): { steps: number } | undefined {
    if (!this.#rested.delete(sessionId)) return undefined;
    const steps = this.#steps.get(sessionId) ?? 0;
    this.#steps.delete(sessionId);
    return { steps };
  }

  /** opencode reported that it could not read a picture of a prompt in this session. */
  failed(sessionId: string): void {
    this.#errors.set(sessionId, this.errorsIn(sessionId) + 1);
  }

  /** How many such errors of a session opencode has reported. */
  errorsIn(sessionId: string): number {
    return this.#errors.get(sessionId) ?? 0;
  }

  /** Events were missed: a turn may have begun in any session. */
  missed(): void {
    this.#gaps += 1;
    this.#rested.clear();
  }

  /** Equal to an earlier one of this session while no turn can have begun there in between. */
  turnMark(sessionId: string): string {
    return `${this.#gaps}/${this.#begun.get(sessionId) ?? 0}`;
  }

  /**
   * Calls `look` until it finds something, after each hint and at least every `everyMs`; undefined if
   * it found nothing for `timeoutMs`. Rejects when `look` does. The first call is after
   * `firstAfterMs`, to give the server time for what it was just given.
   */
  async waitFor<Found>(
    sessionId: string,
    look: () => Promise<Found | undefined>,
    options: { timeoutMs: number; everyMs: number; firstAfterMs?: number },
  ): Promise<Found | undefined> {
    const { timeoutMs, everyMs, firstAfterMs } = options;
    const deadline = performance.now() + timeoutMs;
    if (firstAfterMs !== undefined) await pause(firstAfterMs);
    for (;;) {
      const ended = new AbortController();
      const { signal } = ended;
      const hint = once(this.#emitter, sessionId, { signal }).catch(() => undefined);
      try {
        const found = await look();
        if (found !== undefined || performance.now() >= deadline) return found;
        await Promise.race([hint, pause(everyMs, undefined, { signal }).catch(() => undefined)]);
      } finally {
        ended.abort();
      }
    }
  }
}
