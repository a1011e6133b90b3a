import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../log.ts";
import type { Store } from "../store/store.ts";
import type { CallOutcome, TelegramCall } from "../telegram/call.ts";
import { hasAnswersWaiting } from "./answers-waiting.ts";
import type { Budget } from "./budget.ts";

/** A call that shows how something stands now: only the newest one counts, so it is no row of the outbox. */
export interface LiveCall {
  method: string;
  payload: Record<string, unknown>;
}

/** Something whose present state is shown in a chat, as long as it changes. */
export interface LiveSource {
  /** Two sources of one key are the same. */
  key: string;
  chatId: number;
  kind: "edit" | "draft";
  /** An operator waits for it: it goes before what shows a turn, and waits for no further change. */
  isAtOnce?: boolean;
  /** The call for its state now; undefined when there is nothing to show. Called just before it is made. */
  compose: () => Promise<LiveCall | undefined>;
  /** What became of it. */
  ended: (outcome: CallOutcome, call: LiveCall) => void;
}

/** What live calls need. */
export interface LiveCallsOptions {
  call: TelegramCall;
  store: Store;
  budget: Budget;
  log: Logger;
  /**
   * Milliseconds that a message waits for a draft under way, which could arrive behind it. Longer would
   * delay an answer.
   */
  draftEndsWithinMs?: number;
}

/** What is shown live in one chat. */
interface ChatCalls {
  /** In the order they are made, with when they may be (milliseconds since the epoch). */
  wanted: Map<string, { source: LiveSource; from: number }>;
  flying: { source: LiveSource; ended: Promise<void>; isDropped: boolean } | undefined;
  /** Messages on their way there; Telegram removes drafts with them, so none may follow too closely. */
  messages: number;
  /** Not before that, besides what the budget says; milliseconds since the epoch. */
  nextAt: number;
  timer: NodeJS.Timeout | undefined;
}

// Several changes come together, and words that begin to grow after them are shown first.
const settleMs = 250;
const failurePauseMs = 3000;
// What waits is sent within a moment, and its end wakes us as well.
const giveWayMs = 250;
const stopsWithinMs = 1000;
const longestTimerMs = 2 ** 31 - 1;

const mayGoLater: ReadonlySet<CallOutcome["kind"]> = new Set([
  "limited",
  "unreachable",
  "uncertain",
]);

/**
 * Makes the calls that show a running turn: one at a time in a chat, as often as its budget has it, the
 * newest state of each source only, and never ahead of anything that waits in the outbox. Nothing of it is
 * stored; what is lost with the process was old.
 */
export class LiveCalls {
  #options: LiveCallsOptions;
  #chats = new Map<number, ChatCalls>();
  /** When a source that had nothing to show is asked again; milliseconds since the epoch. */
  #restsUntil = new WeakMap<LiveSource, number>();
  #isStopped = false;
  /** Called when a message has been sent to a chat, which has removed its drafts. */
  onMessage: (chatId: number) => void = () => undefined;

  constructor(options: LiveCallsOptions) {
    this.#options = options;
  }

  /** Shows the state of a source soon; cheap to call with every change. */
  want(source: LiveSource): void {
    const chat = this.#chatOf(source.chatId);
    if (this.#isStopped || chat.wanted.has(source.key)) return;
    const isSettled = source.kind === "draft" || source.isAtOnce === true;
    const soonest = isSettled ? 0 : Date.now() + settleMs;
    const from = Math.max(soonest, this.#restsUntil.get(source) ?? 0);
    chat.wanted.set(source.key, { source, from });
    // A draft does not wait for an edit.
    const isSoon = chat.timer === undefined || isSettled;
    if (!chat.flying && isSoon) this.#look(source.chatId, chat);
  }

  /** Shows a source no more; resolves when no call of it is under way. */
  async drop({ key, chatId }: Pick<LiveSource, "key" | "chatId">): Promise<void> {
    const chat = this.#chats.get(chatId);
    if (!chat) return;
    chat.wanted.delete(key);
    if (chat.flying?.source.key !== key) return;
    chat.flying.isDropped = true;
    await chat.flying.ended;
  }

  /** What waited for a chat has been sent, so that live calls may go on. */
  wake(chatId: number): void {
    const chat = this.#chats.get(chatId);
    if (chat && chat.wanted.size > 0 && !chat.flying) this.#look(chatId, chat);
  }

  /**
   * The call of the outbox: as given, but for a message no draft is under way in its chat, since Telegram
   * removes drafts with a message and one that comes later would stay.
   */
  guard(call: TelegramCall): TelegramCall {
    const { draftEndsWithinMs = 500 } = this.#options;
    return async (method, payload) => {
      const { chat_id: chatId } = payload;
      const isMessage = /^send(?!ChatAction)/.test(method);
      if (typeof chatId !== "number" || !isMessage) return call(method, payload);
      const chat = this.#chatOf(chatId);
      chat.messages += 1;
      try {
        const { flying } = chat;
        if (flying?.source.kind === "draft") await within(flying.ended, draftEndsWithinMs);
        return await call(method, payload);
      } finally {
        chat.messages -= 1;
        this.onMessage(chatId);
      }
    };
  }

  /** Makes no more calls and resolves when those under way have ended, or soon if they do not. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const chats = [...this.#chats.values()];
    for (const { timer } of chats) clearTimeout(timer);
    const flying = chats.flatMap((chat) => chat.flying?.ended ?? []);
    await within(Promise.all(flying), stopsWithinMs);
  }

  #chatOf(chatId: number): ChatCalls {
    const known = this.#chats.get(chatId);
    if (known) return known;
    const chat: ChatCalls = {
      wanted: new Map(),
      flying: undefined,
      messages: 0,
      nextAt: 0,
      timer: undefined,
    };
    this.#chats.set(chatId, chat);
    return chat;
  }

  #look(chatId: number, chat: ChatCalls): void {
    clearTimeout(chat.timer);
    chat.timer = undefined;
    if (this.#isStopped || chat.flying || chat.wanted.size === 0) return;
    const now = Date.now();
    const at = Math.max(chat.nextAt, this.#options.budget.mayEdit(chatId, now));
    if (at > now) return this.#lookAgain(chatId, chat, at - now);
    const able = [...chat.wanted.values()].filter(
      ({ source }) => source.kind === "edit" || chat.messages === 0,
    );
    const due = able.filter(({ from }) => from <= now);
    const { source } = due.find((one) => one.source.isAtOnce) ?? due[0] ?? {};
    if (!source) {
      const next = Math.min(now + giveWayMs, ...able.map(({ from }) => from));
      return this.#lookAgain(chatId, chat, Math.max(1, next - now));
    }
    const ended = this.#run(chatId, chat, source).finally(() => {
      chat.flying = undefined;
      this.#look(chatId, chat);
    });
    chat.flying = { source, ended, isDropped: false };
  }

  #lookAgain(chatId: number, chat: ChatCalls, afterMs: number): void {
    // A clock that was set back must not make a chat wait for hours.
    const ms = Math.min(longestTimerMs, afterMs);
    chat.timer = setTimeout(() => this.#look(chatId, chat), ms);
  }

  async #run(chatId: number, chat: ChatCalls, source: LiveSource): Promise<void> {
    const { store, log } = this.#options;
    try {
      if (await store.read((transaction) => hasAnswersWaiting(transaction, chatId))) {
        chat.nextAt = Date.now() + giveWayMs;
        return;
      }
      // Whatever changes from here on is wanted again.
      chat.wanted.delete(source.key);
      const call = await source.compose();
      if (!call) this.#restsUntil.set(source, Date.now() + giveWayMs);
      if (!call || chat.flying?.isDropped || this.#isStopped) return;
      // A message has come between.
      if (source.kind === "draft" && chat.messages > 0) return this.#wantAgain(chat, source);
      await this.#make(chatId, chat, source, call);
    } catch (error) {
      log.error({ err: error, key: source.key }, "the state of a turn could not be shown");
      chat.nextAt = Date.now() + failurePauseMs;
    }
  }

  async #make(chatId: number, chat: ChatCalls, source: LiveSource, call: LiveCall): Promise<void> {
    const { budget, log } = this.#options;
    const { kind } = source;
    budget.spent(chatId, kind, Date.now());
    const outcome = await budget.track(this.#options.call(call.method, call.payload));
    if (outcome.kind !== "ok") {
      log.debug({ method: call.method, outcome }, "a live call did not go through");
    }
    if (outcome.kind === "limited") {
      await budget.limited(chatId, kind, outcome.retryAfterMs, Date.now());
    } else if (outcome.kind === "unreachable" || outcome.kind === "uncertain") {
      chat.nextAt = Date.now() + failurePauseMs;
    }
    if (mayGoLater.has(outcome.kind)) this.#wantAgain(chat, source);
    source.ended(outcome, call);
  }

  #wantAgain(chat: ChatCalls, source: LiveSource): void {
    if (!chat.flying?.isDropped) chat.wanted.set(source.key, { source, from: 0 });
  }
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, pause(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
