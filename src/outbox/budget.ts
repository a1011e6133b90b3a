import type { Pauses } from "../telegram/pauses.ts";

/** What a call is to Telegram's limits. */
export type SpentKind = "message" | "edit" | "draft" | "reaction";

const usualMs = 1000;
const longestMs = 15_000;
const recoveryMs = 60_000;

interface Chat {
  editedAt: number;
  heldUntil: number;
  backOff: { ms: number; at: number } | undefined;
}

/** What Telegram may still be sent, in memory. All times are milliseconds since the epoch. */
export class Budget {
  #pauses: Pauses;
  #chats = new Map<number, Chat>();

  constructor(pauses: Pauses) {
    this.#pauses = pauses;
  }

  /** 0 when a live edit or draft may go to a chat now, else when to ask again. */
  mayEdit(chatId: number, now: number): number {
    const chat = this.#chat(chatId);
    const at = Math.max(
      this.#pauses.until({ chatId }),
      chat.heldUntil,
      chat.editedAt + this.#editMs(chat, now),
    );
    return at > now ? at : 0;
  }

  /** Counts a call that begins now. */
  spent(chatId: number, kind: SpentKind, now: number): void {
    if (kind === "edit" || kind === "draft") this.#chat(chatId).editedAt = now;
  }

  /** Counts a live edit or draft as under way until it has ended. */
  track<Result>(call: Promise<Result>): Promise<Result> {
    return call;
  }

  /** Telegram answered a call with 429; one of a draft holds live edits and drafts alone. */
  async limited(chatId: number, kind: SpentKind, retryAfterMs: number, now: number): Promise<void> {
    const chat = this.#chat(chatId);
    chat.backOff = { ms: Math.min(longestMs, 2 * this.#editMs(chat, now)), at: now };
    if (kind === "draft") chat.heldUntil = now + retryAfterMs;
    else await this.#pauses.hold({ chatId }, now + retryAfterMs);
  }

  #editMs({ backOff }: Chat, now: number): number {
    if (!backOff) return usualMs;
    return Math.max(usualMs, backOff.ms - usualMs * Math.floor((now - backOff.at) / recoveryMs));
  }

  #chat(chatId: number): Chat {
    const known = this.#chats.get(chatId);
    if (known) return known;
    const chat = { editedAt: 0, heldUntil: 0, backOff: undefined };
    this.#chats.set(chatId, chat);
    return chat;
  }
}
