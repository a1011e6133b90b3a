import type { Pauses } from "../telegram/pauses.ts";

/** What a call costs of what a chat may still be sent. */
export type Spent = "message" | "edit" | "draft" | "reaction";

/** What a chat may still be sent; in memory, since Telegram counts the last minute only. */
export class Budget {
  #pauses: Pick<Pauses, "until">;

  constructor(pauses: Pick<Pauses, "until">) {
    this.#pauses = pauses;
  }

  /** 0 when a live edit or a draft may go to that chat now, else when to ask again (ms, epoch). */
  mayEdit(chatId: number, now: number): number {
    const until = this.#pauses.until({ chatId });
    return until > now ? until : 0;
  }

  /** Counts a call that was made. */
  spent(_chatId: number, _kind: Spent, _now: number): void {}
}
