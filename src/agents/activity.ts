import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Tells whoever waits that something happened in a session. It is a hint and never the truth: the
 * waiter reads the state itself, and looks again after a while even when nothing is told.
 */
export class Activity {
  #emitter = new EventEmitter().setMaxListeners(0);

  /** Something happened in this session. */
  tell(sessionId: string): void {
    this.#emitter.emit(sessionId);
  }

  /**
   * Repeats `look` until it finds something, after each hint and at least every `everyMs`;
   * undefined when nothing was found for `timeoutMs`. Rejects when `look` does.
   */
  async until<Found>(
    sessionId: string,
    look: () => Promise<Found | undefined>,
    { timeoutMs, everyMs }: { timeoutMs: number; everyMs: number },
  ): Promise<Found | undefined> {
    const deadline = Date.now() + timeoutMs;
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
