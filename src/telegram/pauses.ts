/** Where pauses outlive the process. */
export interface PauseMemory {
  get: (key: string) => Promise<string | undefined>;
  set: (key: string, value: string) => Promise<void>;
}

/** What Telegram limits: all that goes to one chat, its drafts alone, or a method that is for no chat. */
export type Limited = { chatId: number } | { draftsOf: number } | { method: string };

const key = "telegram_pauses";
// The two clocks are read one after the other.
const toleranceMs = 1000;

/** The end of a pause by both clocks. */
interface Pause {
  /** Milliseconds since the epoch. */
  until: number;
  /** The same as `performance.now()` counts, which nobody sets. */
  over: number;
}

/**
 * The one place that knows until when Telegram may not be called: after a 429 nothing goes to that
 * chat, or by that method, for `retry_after` seconds (Bot API, ResponseParameters); each further call
 * would make the penalty longer. Stored, so a restart does not forget it.
 */
export class Pauses {
  #memory: PauseMemory;
  #pauses = new Map<string, Pause>();

  constructor(memory: PauseMemory) {
    this.#memory = memory;
  }

  /** Reads the pauses of an earlier start. */
  async load(): Promise<void> {
    const stored = JSON.parse((await this.#memory.get(key)) ?? "[]") as [string, number, number?][];
    const now = Date.now();
    for (const [name, until, since = 0] of stored) {
      // A clock that was set back since then must not make it longer.
      this.#extend(name, since > now ? now + until - since : until);
    }
  }

  /** Until when something may not be called, in milliseconds since the epoch; 0 when it may be. */
  until(limited: Limited): number {
    const pause = this.#pauses.get(nameOf(limited));
    if (!pause) return 0;
    const byMonotonic = Date.now() + pause.over - performance.now();
    return byMonotonic < pause.until - toleranceMs ? byMonotonic : pause.until;
  }

  /** When the pauses that last end, in milliseconds since the epoch. */
  get ends(): number[] {
    const lasting = [...this.#pauses].filter(([, { over }]) => over > performance.now());
    return lasting.map(([, { over }]) => Date.now() + over - performance.now());
  }

  /** Keeps something from being called before `until` (milliseconds since the epoch). */
  async hold(limited: Limited, until: number): Promise<void> {
    const now = Date.now();
    for (const [name, { over }] of this.#pauses) {
      if (over <= performance.now()) this.#pauses.delete(name);
    }
    this.#extend(nameOf(limited), until);
    const stored = [...this.#pauses].map(([name, pause]) => [name, pause.until, now]);
    await this.#memory.set(key, JSON.stringify(stored));
  }

  #extend(name: string, until: number): void {
    const over = performance.now() + until - Date.now();
    if (over > (this.#pauses.get(name)?.over ?? 0)) this.#pauses.set(name, { until, over });
  }
}

function nameOf(limited: Limited): string {
  if ("chatId" in limited) return `chat ${limited.chatId}`;
  return "draftsOf" in limited ? `drafts ${limited.draftsOf}` : limited.method;
}
