import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { pauseAfter } from "../backoff.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { crashPoint, isArmed } from "../crash.ts";
import type { Logger } from "../log.ts";
import { LanePump } from "../store/pump.ts";
import { isStoreFault, type Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { CallOutcome, TelegramCall } from "../telegram/call.ts";
import type { Budget } from "./budget.ts";
import { keepPart } from "./kept-parts.ts";
import { conversationKeyOf } from "./lanes.ts";
import type { OtherCall, OutboxMessage } from "./message.ts";
import { outboxSignal } from "./enqueue.ts";
import { type Outbox } from "./outbox.ts";
import { plainFiles, withLoss } from "./plain-files.ts";
import { putAside } from "./share.ts";
import { say } from "./say.ts";
import {
  asRepeat,
  isAtMostOnce,
  isRepeatable,
  spentKindOf,
  withoutFormatting,
  withoutTopic,
} from "./payload.ts";
import { classicForm, isRichUnknown, nextPart, RichSupport } from "./rich-calls.ts";

const giveUpAfterMs = 24 * 60 * 60 * 1000;
const storePauseMs = 250;
// A chat that blocked the bot is tried again all day.
const forbiddenPauseMs = 10 * 60 * 1000;
// After 1 + 2 + 4 s.
const passedAfterAttempts = 4;
const clockToleranceMs = 1000;
// A longer one overflows the timer, which then fires at once, over and over.
const longestTimerMs = 2 ** 31 - 1;

/** What the sender needs. */
export interface SenderOptions {
  store: Store;
  outbox: Outbox;
  call: TelegramCall;
  budget: Budget;
  log: Logger;
  /** Milliseconds before the second attempt; each later pause is twice as long. */
  firstPauseMs?: number;
  /** Milliseconds that the pause before an attempt grows to, where the bot is not shut out. */
  longestPauseMs?: number;
}

/** How a call has ended; one whose album is not whole is given up too. */
type EndState = "sent" | "failed";

/** What the sender tells. */
export interface SenderEvents {
  /** A call was sent or given up. */
  ended: [message: OutboxMessage, state: EndState];
  /** A group has become a supergroup with another id. The call waits a moment and is made again. */
  migrated: [from: number, to: number];
}

/** Makes the calls of the outbox, in order per lane, until each is sent or refused for good. */
export class Sender extends EventEmitter<SenderEvents> {
  #options: SenderOptions;
  #pump: LanePump<OutboxMessage>;
  #rich = new RichSupport();
  #timer: NodeJS.Timeout | undefined;
  /** The time of day at which `performance.now()` was 0. */
  #clockZero: number | undefined;
  #stopped = new AbortController();
  #unsubscribe: (() => void) | undefined;

  constructor(options: SenderOptions) {
    super();
    this.#options = options;
    this.#pump = new LanePump({
      take: (busyLanes) => this.#take(busyLanes),
      run: (message) => this.#run(message),
      log: options.log,
    });
  }

  /** Begins to send what waits and whatever is added; a second call does nothing. */
  start(): void {
    this.#unsubscribe ??= this.#options.store.on(outboxSignal, () => this.#pump.wake());
    this.#pump.wake();
  }

  /** Begins no more calls and resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#pump.stop();
    clearTimeout(this.#timer);
  }

  async #take(busyLanes: ReadonlySet<string>): Promise<OutboxMessage[]> {
    const { outbox, budget } = this.#options;
    await this.#watchClock();
    const messages = await outbox.take(busyLanes, budget);
    const busyNow = new Set([...busyLanes, ...messages.map(({ lane }) => lane)]);
    // A lane that is busy wakes the rest when it is done.
    this.#wakeAt(await outbox.nextDue(busyNow, budget));
    return messages;
  }

  /** Pauses between attempts are kept as times of day, which a clock that is set back makes longer. */
  async #watchClock(): Promise<void> {
    const zero = Date.now() - performance.now();
    const before = this.#clockZero;
    this.#clockZero = zero;
    // At the start only what seems to come from the future shows that the clock was set back.
    if (before === undefined) await this.#options.outbox.clockWasSetBack(Date.now());
    else if (zero < before - clockToleranceMs) await this.#options.outbox.clockWasSetBack();
  }

  #wakeAt(due: number | undefined): void {
    clearTimeout(this.#timer);
    if (due === undefined || this.#stopped.signal.aborted) return;
    const pauseMs = Math.min(longestTimerMs, Math.max(1, due - Date.now()));
    this.#timer = setTimeout(() => this.#pump.wake(), pauseMs);
  }

  async #run(message: OutboxMessage): Promise<void> {
    const outcome = await this.#attempt(message);
    if (message.method === "sendMessage") crashPoint("request answered");
    if (outcome.kind !== "ok") {
      this.#options.log.warn({ ...about(message), outcome }, "a Telegram call did not go through");
    }
    const ended = await this.#keep(message, outcome);
    if (!ended) return;
    if (message.method === "sendMessage") crashPoint("part sent");
    this.emit("ended", message, ended);
  }

  /**
   * Records the outcome of a call, however often the store fails: a call whose outcome is not
   * recorded is made again.
   */
  async #keep(message: OutboxMessage, outcome: CallOutcome): Promise<EndState | undefined> {
    const { signal } = this.#stopped;
    for (;;) {
      try {
        return await this.#record(message, outcome);
      } catch (error) {
        if (!isStoreFault(error) || signal.aborted) throw error;
        this.#options.log.error(
          { err: error, ...about(message) },
          "an outcome could not be stored",
        );
        await pause(storePauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Resolves to how the call has ended; undefined when it has not. */
  async #record(message: OutboxMessage, outcome: CallOutcome): Promise<EndState | undefined> {
    const { store, outbox, budget, log, firstPauseMs, longestPauseMs } = this.#options;
    this.#rich.learn(message, outcome);
    if (outcome.kind === "ok") {
      const next = nextPart(message);
      if (next) {
        await keepPart(store, message, outcome);
        await outbox.putBack(message, "pending", 0, next);
        return undefined;
      }
      if (message.fallback.hasLoss) return this.#giveUp(message);
      await outbox.sent(message, outcome.messageId, outcome.album);
      return "sent";
    }
    // An earlier attempt without an answer still makes the next one a possible repeat.
    const isUncertain = outcome.kind === "uncertain" || message.possibleDuplicate;
    const state = isUncertain ? "uncertain" : "pending";
    const other = outcome.kind === "refused" ? otherCall(asAdded(message), outcome) : undefined;
    if (other) {
      await outbox.putBack(message, state, 0, { ...message, ...other });
      return undefined;
    }
    if (outcome.kind === "limited") {
      const now = Date.now();
      const { chatId, method } = message;
      const { retryAfterMs } = outcome;
      if (chatId !== undefined) {
        await budget.limited(chatId, spentKindOf(method), retryAfterMs, now);
      }
      await outbox.putBack(message, state, now + retryAfterMs);
      return undefined;
    }
    if (outcome.kind === "refused" || Date.now() - message.createdAt > giveUpAfterMs) {
      log.error({ ...about(message), outcome }, "a Telegram call is given up");
      const next = message.files.length > 1 ? nextPart(message) : undefined;
      if (!next) return this.#giveUp(message);
      await outbox.putBack(message, "pending", 0, withLoss(next));
      return undefined;
    }
    const pauseMs = pauseAfter(message.attempts, {
      ...(firstPauseMs !== undefined && { firstMs: firstPauseMs }),
      ...(longestPauseMs !== undefined && { longestMs: longestPauseMs }),
      ...(outcome.kind === "forbidden" && { longestMs: forbiddenPauseMs }),
    });
    await outbox.putBack(message, state, Date.now() + pauseMs);
    if (outcome.kind === "migrated" && message.chatId !== undefined) {
      this.emit("migrated", message.chatId, outcome.chatId);
    } else if (outcome.kind !== "forbidden" && outcome.kind !== "migrated") {
      await this.#letOthersPass(message, outcome);
    }
    return undefined;
  }

  async #giveUp(message: OutboxMessage): Promise<EndState> {
    await this.#options.outbox.failed(message);
    return "failed";
  }

  /** A call that keeps failing though Telegram answers others gives way, and its chat is told. */
  async #letOthersPass(message: OutboxMessage, outcome: CallOutcome): Promise<void> {
    const mayBeOwn = outcome.kind === "uncertain" || "answered" in outcome;
    if (!mayBeOwn || message.attempts < passedAfterAttempts) return;
    await this.#options.store.write(async (transaction) => {
      if (!(await putAside(transaction, message))) return;
      const conversation = conversationFromKey(conversationKeyOf(message.lane));
      await say(transaction, conversation, texts.outages.messageNotTaken);
    });
  }

  async #attempt(message: OutboxMessage): Promise<CallOutcome> {
    const { method, payload, possibleDuplicate } = message;
    const known = this.#rich.outcomeOf(message);
    if (known) return known;
    if (possibleDuplicate && isAtMostOnce(method)) {
      return { kind: "refused", status: 0, description: "uncertain" };
    }
    // Time for the request to leave; the test has Telegram answer later than that.
    if (method === "sendMessage" && isArmed("request sent")) {
      setTimeout(() => crashPoint("request sent"), 50);
    }
    const isMarked = possibleDuplicate && !isRepeatable(method);
    return this.#options.call(method, isMarked ? asRepeat(method, payload) : payload);
  }
}

function about({ id, method, attempts }: OutboxMessage) {
  return { outboxId: id, method, attempts };
}

/** A call without what says who speaks: that is decided anew for whatever takes its place. */
function asAdded(message: OutboxMessage): OutboxMessage {
  return { ...message, ...message.unspoken };
}

/** What to send in place of a call that was refused; undefined when nothing else would do. */
function otherCall(
  message: OutboxMessage,
  outcome: Extract<CallOutcome, { kind: "refused" }>,
): Partial<OtherCall> | undefined {
  const { status, description } = outcome;
  const { payload, fallback, speech } = message;
  if (isRichUnknown(outcome)) return classicForm(message, outcome);
  // A gateway may take each of them alone.
  if (status === 413) return plainFiles(message);
  if (status !== 400) return undefined;
  const plain = /entit/i.test(description) ? withoutFormatting(payload) : undefined;
  if (plain) return { payload: plain, fallback, speech: speech && { ...speech, isPlain: true } };
  // The topic was deleted or closed after its message was written: the chat itself is still there.
  const isLost = /thread not found|TOPIC_/i.test(description);
  const same = isLost ? withoutTopic(payload) : undefined;
  if (same) return { payload: same, fallback };
  const { refused, ...rest } = fallback;
  if (refused) return { payload: { ...payload, ...refused }, fallback: rest };
  return classicForm(message, outcome) ?? plainFiles(message);
}
