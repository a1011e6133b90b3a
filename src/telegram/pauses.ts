/** Where pauses outlive the process. */
export interface PauseMemory {
  get: (key: string) => Promise<string | undefined>;
  set: (key: string, value: string) => Promise<void>;
}

/** What Telegram limits: the messages to one chat, or a method that is for no chat. */
export type Limited = { chatId: number } | { method: string };

const key = "telegram_pauses";

/**
 * The one place that knows until when Telegram may not be called: after a 429 nothing goes to that
 * chat, or by that method, for `retry_after` seconds (Bot API, ResponseParameters); each further call
 * would make the penalty longer. Stored, so a restart does not forget it.
 */
export class Pauses {
  #memory: PauseMemory;
  /** Milliseconds since the epoch, by what is limited. */
  #until = new Map<string, number>();

  constructor(memory: PauseMemory) {
    this.#memory = memory;
  }

  /** Reads the pauses of an earlier start. */
  async load(): Promise<void> {
    const stored = JSON.parse((await this.#memory.get(key)) ?? "[]") as [string, number][];
    for (const [name, until] of stored) this.#extend(name, until);
  }

  /** Until when something may not be called, in milliseconds since the epoch; 0 when it may be. */
  until(limited: Limited): number {
    return this.#until.get(nameOf(limited)) ?? 0;
  }

  /** Keeps something from being called before `until` (milliseconds since the epoch). */
  async hold(limited: Limited, until: number): Promise<void> {
    const now = Date.now();
    for (const [name, over] of this.#until) if (over <= now) this.#until.delete(name);
    this.#extend(nameOf(limited), until);
    await this.#memory.set(key, JSON.stringify([...this.#until]));
  }

  #extend(name: string, until: number): void {
    this.#until.set(name, Math.max(until, this.#until.get(name) ?? 0));
  }
}

function nameOf(limited: Limited): string {
  return "chatId" in limited ? `chat ${limited.chatId}` : limited.method;
}
