import type { Pauses } from "../telegram/pauses.ts";
import type { LaneKind } from "./lanes.ts";
import { Window } from "./window.ts";

/** What a call is to Telegram's limits. A draft is `sendMessageDraft`; `edit` is whatever changes a message. */
export type SpentKind = "message" | "edit" | "draft" | "reaction";

/** How many calls there may be, over all chats and in one. */
export interface Limits {
  /** Calls of the last second, by what begins one more. */
  overall: Record<LaneKind, number>;
  /** Messages and edits of the last minute in one group. */
  group: Record<Exclude<LaneKind, "reaction">, number>;
  /** Calls under way. */
  underWay: Record<LaneKind, number>;
  /** Milliseconds between two live edits in one private chat, and in one group. */
  editMs: { private: number; group: number };
}

/**
 * Telegram's own figures are about one message per second in a chat, bursts allowed, 20 per minute in a
 * group and 30 per second in all (telegram.md §2). What matters less leaves some of them to what matters more.
 */
export const telegramLimits: Limits = {
  overall: { urgent: 30, reply: 27, live: 22, voice: 21, reaction: 20 },
  group: { urgent: 20, reply: 17, live: 12, voice: 10 },
  underWay: { urgent: 30, reply: 26, live: 20, voice: 19, reaction: 18 },
  editMs: { private: 1000, group: 3000 },
};

const secondMs = 1000;
const minuteMs = 60_000;
const longestEditMs = 15_000;
// After a 429 the pause between two edits shrinks by a second in that time.
const recoveryMs = 60_000;
// So many messages in a row put no live edit off: Telegram allows bursts.
const burst = 3;
// Beyond that so many put it off, and no more.
const longestDebt = burst + 4;
const askAgainMs = 50;

interface Chat {
  /** Messages and edits of the last minute; kept of groups alone. */
  calls: Window;
  editedAt: number;
  messageAt: number;
  reactedAt: number;
  /** When what was sent has been paid for, at one message for each pause between edits. */
  paidAt: number;
  /** The pause between two edits as the last 429 made it, and when that came. */
  backOff: { ms: number; at: number } | undefined;
}

/**
 * What Telegram may still be sent, so that a 429 is rare: one for the process, in memory; only the pauses
 * after a 429 outlive it. A message goes at once unless its group or the whole bot has had its share; live
 * edits and drafts keep their distance and go after messages. All times are milliseconds since the epoch.
 */
export class Budget {
  #pauses: Pauses;
  #limits: Limits;
  #calls = new Window(secondMs);
  #chats = new Map<number, Chat>();
  #liveUnderWay = 0;

  constructor(pauses: Pauses, limits: Limits = telegramLimits) {
    this.#pauses = pauses;
    this.#limits = limits;
  }

  /** 0 when a live edit or draft may go to a chat now, else when to ask again. */
  mayEdit(chatId: number, now: number): number {
    const chat = this.#chat(chatId);
    const apartMs = this.#editMs(chatId, chat, now);
    const isFull = this.#liveUnderWay >= this.#limits.underWay.live;
    return laterThan(
      now,
      this.#pauses.until({ chatId }),
      this.#pauses.until({ draftsOf: chatId }),
      // A clock that was set back must not keep it waiting.
      chat.editedAt > now ? 0 : chat.editedAt + apartMs,
      chat.paidAt > now + longestDebt * apartMs ? 0 : chat.paidAt - burst * apartMs,
      isGroup(chatId) ? chat.calls.freeAt(now, this.#limits.group.live) : 0,
      this.#calls.freeAt(now, this.#limits.overall.live),
      isFull ? now + askAgainMs : 0,
    );
  }

  /** 0 when a call of a lane may begin now, else when to ask again; `chatId` is undefined where it names none. */
  mayCall(chatId: number | undefined, kind: LaneKind, now: number): number {
    const overall = this.#calls.freeAt(now, this.#limits.overall[kind]);
    if (chatId === undefined) return laterThan(now, overall);
    const chat = this.#chat(chatId);
    return laterThan(
      now,
      this.#pauses.until({ chatId }),
      overall,
      this.#chatFreeAt(chatId, chat, kind, now),
    );
  }

  /** Whether one more call of a lane may begin beside so many of lanes that are under way. */
  hasRoom(kind: LaneKind, underWay: number): boolean {
    return underWay + this.#liveUnderWay < this.#limits.underWay[kind];
  }

  /** Counts a call that begins now. */
  spent(chatId: number | undefined, kind: SpentKind, now: number): void {
    this.#calls.add(now);
    if (chatId === undefined) return;
    const chat = this.#chat(chatId);
    if (kind === "reaction") {
      // It is no message and costs a chat nothing of its share.
      chat.reactedAt = now;
      return;
    }
    if (isGroup(chatId)) chat.calls.add(now);
    const apartMs = this.#editMs(chatId, chat, now);
    const owed = Math.min(Math.max(chat.paidAt, now), now + (longestDebt - 1) * apartMs);
    chat.paidAt = owed + apartMs;
    if (kind === "message") chat.messageAt = now;
    else chat.editedAt = now;
  }

  /** Counts a live edit or draft as under way until it has ended. */
  async track<Result>(call: Promise<Result>): Promise<Result> {
    this.#liveUnderWay += 1;
    try {
      return await call;
    } finally {
      this.#liveUnderWay -= 1;
    }
  }

  /**
   * Telegram answered a call with 429: nothing goes to that chat for `retryAfterMs`, and live edits are
   * rarer for some minutes. A draft is shown beside the answer and limited by itself, so that its 429 holds
   * live edits and drafts alone: the answer comes on time.
   */
  async limited(chatId: number, kind: SpentKind, retryAfterMs: number, now: number): Promise<void> {
    const chat = this.#chat(chatId);
    const ms = Math.min(longestEditMs, 2 * this.#editMs(chatId, chat, now));
    chat.backOff = { ms, at: now };
    const held = kind === "draft" ? { draftsOf: chatId } : { chatId };
    await this.#pauses.hold(held, now + retryAfterMs);
  }

  /** When the chat itself takes another call of a lane. */
  #chatFreeAt(chatId: number, chat: Chat, kind: LaneKind, now: number): number {
    const isCounted = isGroup(chatId) && kind !== "reaction";
    const ofGroup = isCounted ? chat.calls.freeAt(now, this.#limits.group[kind]) : 0;
    if (kind === "urgent" || !this.#isBackedOff(chatId, chat, now)) return ofGroup;
    // What has piled up would run into the next 429 at once.
    const last = kind === "reaction" ? chat.reactedAt : chat.messageAt;
    return last > now ? ofGroup : Math.max(ofGroup, last + this.#usualMs(chatId));
  }

  #isBackedOff(chatId: number, chat: Chat, now: number): boolean {
    return this.#editMs(chatId, chat, now) > this.#usualMs(chatId);
  }

  /** Milliseconds between two live edits: doubled by each 429, and a second less for each minute without. */
  #editMs(chatId: number, { backOff }: Chat, now: number): number {
    const usual = this.#usualMs(chatId);
    if (!backOff || backOff.at > now) return usual;
    const recovered = Math.floor((now - backOff.at) / recoveryMs) * secondMs;
    return Math.max(usual, backOff.ms - recovered);
  }

  #usualMs(chatId: number): number {
    const { editMs } = this.#limits;
    return isGroup(chatId) ? editMs.group : editMs.private;
  }

  #chat(chatId: number): Chat {
    let chat = this.#chats.get(chatId);
    if (!chat) {
      chat = {
        calls: new Window(minuteMs),
        editedAt: 0,
        messageAt: 0,
        reactedAt: 0,
        paidAt: 0,
        backOff: undefined,
      };
      this.#chats.set(chatId, chat);
    }
    return chat;
  }
}

/** Groups, supergroups and channels have negative ids (Bot API, Chat). */
function isGroup(chatId: number): boolean {
  return chatId < 0;
}

/** The latest of these times, or 0 when all of them have come. */
function laterThan(now: number, ...times: number[]): number {
  const latest = Math.max(...times);
  return latest > now ? latest : 0;
}
