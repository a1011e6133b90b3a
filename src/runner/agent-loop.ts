import type { Logger } from "../log.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../opencode/errors.ts";
import { pauseAfter } from "../outbox/sender.ts";

/** What one pass of a lane tells: when to look again by itself, in milliseconds, if at all. */
export type PassResult = { againInMs: number | undefined };

// After a pass that failed; opencode is back within seconds when it is restarted.
const firstPauseMs = 250;
const longestPauseMs = 5000;

/** What a lane is given. */
export interface LaneOptions {
  name: string;
  /** Moves the lane on as far as the state of the world allows, once. */
  pass: () => Promise<PassResult>;
  /** Called after each pass that failed, with its error; what it throws is logged. */
  failed: (error: unknown) => Promise<void>;
  log: Logger;
}

/**
 * The lane of one agent: passes run one after another, never two at once. Whoever sees something
 * happen wakes it; each pass reads the state anew, so a wake too many or a lost one does no harm.
 */
export class Lane {
  #options: LaneOptions;
  #wanted = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failures = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Runs a pass soon, after the one under way. */
  wake(): void {
    if (this.#stopped) return;
    this.#wanted = true;
    clearTimeout(this.#timer);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#wanted) this.wake();
    });
  }

  /** Begins no more passes and resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#stopped) {
      this.#wanted = false;
      const againInMs = await this.#pass();
      clearTimeout(this.#timer);
      if (againInMs === undefined || this.#stopped) continue;
      this.#timer = setTimeout(() => this.wake(), againInMs);
    }
  }

  async #pass(): Promise<number | undefined> {
    const { name, pass, failed, log } = this.#options;
    try {
      const { againInMs } = await pass();
      this.#failures = 0;
      return againInMs;
    } catch (error) {
      this.#failures += 1;
      const isOpencode = error instanceof OpencodeUnreachable || error instanceof OpencodeRefused;
      if (isOpencode) log.info({ err: error, agent: name }, "opencode cannot be used now");
      else log.error({ err: error, agent: name }, "a pass of an agent's lane failed");
      await failed(error).catch((fault: unknown) => {
        log.error({ err: fault, agent: name }, "a failed pass could not be mended or told");
      });
      return Math.min(longestPauseMs, pauseAfter(this.#failures, firstPauseMs));
    }
  }
}
