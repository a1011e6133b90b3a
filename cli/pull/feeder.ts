import { setTimeout as pause } from "node:timers/promises";
import { pauseAfter } from "../../src/backoff.ts";
import { crashPoint } from "../../src/crash.ts";
import type { FeederState } from "../../src/inbox/feeder-state.ts";
import type { Logger } from "../../src/log.ts";
import { NotNow } from "./not-now.ts";
import type { Source } from "./source.ts";
import type { HandOver } from "./webhook.ts";

/** What the feeder needs. */
export interface FeederOptions {
  source: Source;
  handOver: HandOver;
  /** Called at each change, and again before the time in the last state is over. */
  report: (state: FeederState) => void;
  log: Logger;
  /** Seconds for which Telegram may hold a poll; longer ones outlive a network that has changed. */
  pollSeconds?: number;
  firstPauseMs?: number;
  longestPauseMs?: number;
}

// More than the longest time that a step should take.
const slackMs = 30_000;

/**
 * Takes updates from Telegram and hands them to Switchboard, in order and one at a time. Telegram is told
 * that an update is done with only by the next poll, after Switchboard has it on disk: whenever the
 * feeder ends, what is open comes again, and Switchboard knows by its id what it has. So nothing is
 * kept here, and nothing is lost or doubled.
 */
export class Feeder {
  #options: FeederOptions;
  /** What does not work, as it was last logged; undefined while everything works. */
  #problem: string | undefined = "Telegram was not asked yet";
  #signal: AbortSignal = AbortSignal.abort();
  #isRecorded = true;

  constructor(options: FeederOptions) {
    this.#options = options;
  }

  /** Feeds until the signal is aborted. What fails is tried again with growing pauses. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, handOver, log, pollSeconds = 25 } = this.#options;
    this.#signal = signal;
    this.#report(0);
    // Only to confirm: once Telegram has forgotten the rest, ids may begin anew.
    let offset: number | undefined;
    while (!signal.aborted) {
      const updates = await this.#insist(async () => {
        // A long poll would say too late that Telegram is back.
        const seconds = this.#problem === undefined ? pollSeconds : 0;
        return source({ offset, seconds, signal });
      });
      this.#report(0);
      offset = undefined;
      if (updates?.length) crashPoint("updates pulled");
      for (const update of updates ?? []) {
        const handed = await this.#insist(async () => handOver(update, signal));
        if (handed === undefined) return;
        const { update_id: updateId } = update;
        if (handed.kind === "refused") log.error({ updateId, status: handed.status }, skipped);
        else log.debug({ updateId }, "an update was handed over");
        offset = updateId + 1;
        crashPoint("update posted");
      }
    }
  }

  /** The result of an attempt, as soon as one succeeds; undefined when the feeder is stopped before. */
  async #insist<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    const { firstPauseMs: firstMs = 500, longestPauseMs: longestMs = 30_000 } = this.#options;
    for (let attempts = 1; !this.#signal.aborted; attempts += 1) {
      try {
        const result = await attempt();
        this.#works();
        return result;
      } catch (error) {
        if (this.#signal.aborted) return undefined;
        const { waitMs } = error instanceof NotNow ? error : {};
        const ms = waitMs ?? pauseAfter(attempts, { firstMs, longestMs });
        this.#fails(error, ms);
        await pause(ms, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  #works(): void {
    if (this.#problem === undefined) return;
    this.#options.log.info("updates are pulled");
    this.#problem = undefined;
    this.#report(0);
  }

  #fails(error: unknown, waitMs: number): void {
    const message =
      error instanceof NotNow ? error.message : "npm run pull failed; its log says why.";
    // Each attempt fails in the same way; one line is enough.
    if (message !== this.#problem) {
      const err = error instanceof NotNow ? undefined : error;
      this.#options.log.warn({ err, waitMs }, message);
    }
    this.#problem = message;
    this.#report(waitMs);
  }

  #report(waitMs: number): void {
    const { pollSeconds = 25, report, log } = this.#options;
    const until = Date.now() + waitMs + pollSeconds * 1000 + slackMs;
    try {
      report({ until, ...(this.#problem !== undefined && { problem: this.#problem }) });
      this.#isRecorded = true;
    } catch (error) {
      // A full disk, for example; updates go on. One line is enough.
      if (this.#isRecorded) log.warn({ err: error }, unrecorded);
      this.#isRecorded = false;
    }
  }
}

const unrecorded =
  "the state of npm run pull cannot be written to DATA_DIR, so /readyz does not know that it runs";
const skipped =
  "an update was skipped: Switchboard refused it as no valid update; please report it";
