import { setTimeout as pause } from "node:timers/promises";
import { crashPoint, isArmed } from "../crash.ts";
import type { Logger } from "../log.ts";
import { LanePump } from "../store/pump.ts";
import type { OwedCall, Outbox } from "./outbox.ts";
import { isStoreFault } from "../store/store.ts";
import { asRepeat, isRepeatable, withoutFormatting, withoutTopic } from "./payload.ts";

/** How one attempt of a Telegram call ended. */
export type CallOutcome =
  | { kind: "ok"; messageId?: number | undefined }
  /** Telegram refused it; the same call would be refused again. */
  | { kind: "refused"; status: number; description: string }
  /** Too many requests: nothing of this conversation may go out for that long. */
  | { kind: "limited"; retryAfterMs: number }
  /** It did not take effect and may work later. */
  | { kind: "unreachable"; reason: string }
  /** The request left and no answer came: it may have taken effect. */
  | { kind: "uncertain"; reason: string };

/** Makes one Telegram call; resolves to its outcome and never rejects. */
export type TelegramCall = (
  method: string,
  payload: Record<string, unknown>,
) => Promise<CallOutcome>;

const giveUpAfterMs = 24 * 60 * 60 * 1000;
const longestPauseMs = 30_000;
const storePauseMs = 250;
// A longer one overflows the timer, which then fires at once, over and over.
const longestTimerMs = 2 ** 31 - 1;

/** Milliseconds before the next attempt, after `attempts` of them. */
export function pauseAfter(attempts: number, firstMs = 1000): number {
  return Math.min(longestPauseMs, firstMs * 2 ** Math.min(attempts - 1, 10));
}

/** What the sender is given. */
export interface SenderOptions {
  outbox: Outbox;
  call: TelegramCall;
  log: Logger;
  /** Called for each call that was sent or given up. */
  ended?: (call: OwedCall) => void;
  /** Milliseconds before the second attempt; each later pause is twice as long. */
  firstPauseMs?: number;
}

/** Makes the calls of the outbox, in order per lane, until each is sent or refused for good. */
export class Sender {
  #options: SenderOptions;
  #pump: LanePump<OwedCall>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = new AbortController();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#pump = new LanePump({
      take: (busyLanes) => this.#take(busyLanes),
      run: (call) => this.#run(call),
      log: options.log,
    });
  }

  /** Looks for calls; called when one was owed and once at the start. */
  wake(): void {
    this.#pump.wake();
  }

  /** Begins no more calls and resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#pump.stop();
    clearTimeout(this.#timer);
  }

  async #take(busyLanes: ReadonlySet<string>): Promise<OwedCall[]> {
    const calls = await this.#options.outbox.take(busyLanes);
    await this.#wakeWhenDue(new Set([...busyLanes, ...calls.map(({ lane }) => lane)]));
    return calls;
  }

  /** A lane that is busy wakes the rest when it is done. */
  async #wakeWhenDue(busyLanes: ReadonlySet<string>): Promise<void> {
    const due = await this.#options.outbox.nextDue(busyLanes);
    clearTimeout(this.#timer);
    if (due === undefined || this.#stopped.signal.aborted) return;
    this.#timer = setTimeout(
      () => this.wake(),
      Math.min(longestTimerMs, Math.max(1, due - Date.now())),
    );
  }

  async #run(call: OwedCall): Promise<void> {
    const { log, ended } = this.#options;
    const outcome = await this.#attempt(call);
    if (call.method === "sendMessage") crashPoint("request answered");
    if (outcome.kind !== "ok")
      log.warn({ ...about(call), outcome }, "a Telegram call did not go through");
    const hasEnded = await this.#keep(call, outcome);
    if (!hasEnded) return;
    if (call.method === "sendMessage") crashPoint("part sent");
    ended?.(call);
  }

  /** Notes what became of a call, however often the store says no: one that is not noted is made again. */
  async #keep(call: OwedCall, outcome: CallOutcome): Promise<boolean> {
    const { signal } = this.#stopped;
    for (;;) {
      try {
        return await this.#note(call, outcome);
      } catch (error) {
        if (!isStoreFault(error) || signal.aborted) throw error;
        this.#options.log.error({ err: error, ...about(call) }, "an outcome could not be stored");
        await pause(storePauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Resolves to whether the call has come to its end. */
  async #note(call: OwedCall, outcome: CallOutcome): Promise<boolean> {
    const { outbox } = this.#options;
    if (outcome.kind === "ok") {
      await outbox.sent(call, outcome.messageId);
      return true;
    }
    // An earlier attempt without an answer still makes the next one a possible repeat.
    const isUncertain = outcome.kind === "uncertain" || call.mayBeRepeat;
    const state = isUncertain ? "uncertain" : "pending";
    const other = outcome.kind === "refused" ? otherPayload(call, outcome.description) : undefined;
    if (other) {
      await outbox.putBack(call, state, 0, other);
      return false;
    }
    if (outcome.kind === "limited") {
      await outbox.putBack(call, state, Date.now() + outcome.retryAfterMs);
      return false;
    }
    if (outcome.kind === "refused" || Date.now() - call.createdAt > giveUpAfterMs) {
      this.#options.log.error({ ...about(call), outcome }, "a Telegram call is given up");
      await outbox.failed(call);
      return true;
    }
    const pauseMs = pauseAfter(call.attempts, this.#options.firstPauseMs);
    await outbox.putBack(call, state, Date.now() + pauseMs);
    return false;
  }

  async #attempt(call: OwedCall): Promise<CallOutcome> {
    // Time for the request to leave; the test has Telegram answer later than that.
    if (call.method === "sendMessage" && isArmed("request sent")) {
      setTimeout(() => crashPoint("request sent"), 50);
    }
    if (!call.mayBeRepeat || isRepeatable(call.method)) {
      return this.#options.call(call.method, call.payload);
    }
    return this.#options.call(call.method, asRepeat(call.method, call.payload));
  }
}

function about({ id, method, attempts }: OwedCall) {
  return { outboxId: id, method, attempts };
}

/** What to send in place of a payload that was refused; undefined when nothing else would do. */
function otherPayload({ payload }: OwedCall, refusal: string) {
  if (/entit/i.test(refusal)) return withoutFormatting(payload);
  // The topic was deleted or closed after its message was written: the chat itself is still there.
  if (/thread not found|TOPIC_/i.test(refusal)) return withoutTopic(payload);
  return undefined;
}
