import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds that opencode 1.18 takes about from a prompt's arrival to asking the model. */
export const acceptLatencyMs = 100;

/**
 * Wakes whoever waits for something to happen in a session. It is a hint and never the truth: the
 * waiter reads the state itself, and looks again after a while even when it is not woken.
 */
export class Activity {
  #emitter = new EventEmitter().setMaxListeners(0);

  /** Something happened in this session. */
  notify(sessionId: string): void {
    this.#emitter.emit(sessionId);
  }

  /**
   * Repeats `look` until it finds something, after each hint and at least every `everyMs`;
   * undefined when nothing was found for `timeoutMs`. Rejects when `look` does. The first look is
   * after `firstAfterMs`: a server that is at work on what was just given to it is not asked at once.
   */
  async waitFor<Found>(
    sessionId: string,
    look: () => Promise<Found | undefined>,
    options: { timeoutMs: number; everyMs: number; firstAfterMs?: number },
  ): Promise<Found | undefined> {
    const { timeoutMs, everyMs, firstAfterMs } = options;
    const deadline = Date.now() + timeoutMs;
    if (firstAfterMs !== undefined) await pause(firstAfterMs);
    for (;;) {
      const ended = new AbortController();
      const { signal } = ended;
      const hint = once(this.#emitter, sessionId, { signal }).catch(() => undefined);
      try {
        const found = await look();
        if (found !== undefined || Date.now() >= deadline) return found;
        await Promise.race([hint, pause(everyMs, undefined, { signal }).catch(() => undefined)]);
      } finally {
        ended.abort();
      }
    }
  }
}
