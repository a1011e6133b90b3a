import { crashPoint, isArmed } from "../crash.ts";
import type { Logger } from "../log.ts";
import { LanePump } from "../store/pump.ts";
import type { OwedCall, Outbox } from "./outbox.ts";
import { asRepeat, isRepeatable, withoutFormatting } from "./payload.ts";

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
  #stopped = false;

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
    this.#stopped = true;
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
    if (due === undefined || this.#stopped) return;
    this.#timer = setTimeout(
      () => this.wake(),
      Math.min(longestTimerMs, Math.max(1, due - Date.now())),
    );
  }

  async #run(call: OwedCall): Promise<void> {
    const { outbox, log } = this.#options;
    const about = { outboxId: call.id, method: call.method, attempts: call.attempts };
    const outcome = await this.#attempt(call);
    if (call.method === "sendMessage") crashPoint("request answered");
    if (outcome.kind === "ok") {
      await outbox.sent(call, outcome.messageId);
      if (call.method === "sendMessage") crashPoint("part sent");
      this.#options.ended?.(call);
      return;
    }
    log.warn({ ...about, outcome }, "a Telegram call did not go through");

    if (outcome.kind === "limited") {
      // An earlier attempt without an answer still makes the next one a possible repeat.
      const state = call.mayBeRepeat ? "uncertain" : "pending";
      return outbox.putBack(call, state, Date.now() + outcome.retryAfterMs);
    }
    if (outcome.kind === "refused") return this.#refused(call, outcome.description);
    if (Date.now() - call.createdAt > giveUpAfterMs) return this.#giveUp(call);
    const isUncertain = outcome.kind === "uncertain" || call.mayBeRepeat;
    return outbox.putBack(
      call,
      isUncertain ? "uncertain" : "pending",
      Date.now() + pauseAfter(call.attempts, this.#options.firstPauseMs),
    );
  }

  async #attempt(call: OwedCall): Promise<CallOutcome> {
    // Time for the request to leave; the test has Telegram answer later than that.
    if (call.method === "sendMessage" && isArmed("request sent")) {
      setTimeout(() => crashPoint("request sent"), 50);
    }
    if (!call.mayBeRepeat || isRepeatable(call.method)) {
      return this.#options.call(call.method, call.payload);
    }
    const [repeat, note] = asRepeat(call.method, call.payload);
    const outcome = await this.#options.call(call.method, repeat);
    if (note && outcome.kind === "ok") await this.#options.call("sendMessage", note);
    return outcome;
  }

  async #refused(call: OwedCall, description: string): Promise<void> {
    const plain = withoutFormatting(call.payload);
    if (plain && /entit/i.test(description)) {
      return this.#options.outbox.putBack(call, "pending", 0, plain);
    }
    return this.#giveUp(call);
  }

  async #giveUp(call: OwedCall): Promise<void> {
    await this.#options.outbox.failed(call);
    this.#options.ended?.(call);
  }
}
