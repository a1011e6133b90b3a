/** Where pauses outlive the process. */
export interface PauseMemory {
  get: (key: string) => Promise<string | undefined>;
  set: (key: string, value: string) => Promise<void>;
}

const key = "telegram_pauses";

/**
 * Knows until when Telegram may not be called for a chat: after a 429 nothing goes to that chat for
 * `retry_after` seconds (Bot API, ResponseParameters), whatever it is. Kept over a restart.
 */
export class Pauses {
  #memory: PauseMemory;
  /** Milliseconds since the epoch, by chat. */
  #until = new Map<number, number>();

  constructor(memory: PauseMemory) {
    this.#memory = memory;
  }

  /** Reads the pauses of an earlier start that are not over. */
  async load(): Promise<void> {
    const kept = JSON.parse((await this.#memory.get(key)) ?? "[]") as [number, number][];
    for (const [chatId, until] of kept)
      this.#until.set(chatId, Math.max(until, this.until(chatId)));
  }

  /** Until when a chat may not be called, in milliseconds since the epoch; 0 when it may be. */
  until(chatId: number | undefined): number {
    if (chatId === undefined) return 0;
    return this.#until.get(chatId) ?? 0;
  }

  /** Calls nothing in a chat before `until` (milliseconds since the epoch). */
  async hold(chatId: number, until: number): Promise<void> {
    const now = Date.now();
    for (const [chat, over] of this.#until) if (over <= now) this.#until.delete(chat);
    this.#until.set(chatId, Math.max(until, this.until(chatId)));
    await this.#memory.set(key, JSON.stringify([...this.#until]));
  }
}
