import { pauseAfter } from "../backoff.ts";
import type { Logger } from "../log.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../opencode/errors.ts";
import type { ReconcileResult } from "./reconciler.ts";

// After a failure; opencode is back within seconds when it is restarted.
const failurePause = { firstMs: 250, longestMs: 5000 };

/** What a loop needs. */
export interface AgentLoopOptions {
  name: string;
  /** Moves the agent on, once. */
  reconcile: () => Promise<ReconcileResult>;
  /** Called with each failure to reconcile; what it throws is logged. */
  onFailure: (error: unknown) => Promise<void>;
  log: Logger;
}

/**
 * The loop of one agent: it reconciles when it is woken or a pause is over, never twice at once. Each
 * time it reads the current state, so an extra or lost wake does no harm.
 */
export class AgentLoop {
  #options: AgentLoopOptions;
  #isWanted = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #failures = 0;

  constructor(options: AgentLoopOptions) {
    this.#options = options;
  }

  /** Reconciles soon, after the run in progress. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isWanted = true;
    clearTimeout(this.#timer);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isWanted) this.wake();
    });
  }

  /** Starts no new run and resolves when the current one has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      const againInMs = await this.#reconcile();
      clearTimeout(this.#timer);
      if (againInMs === undefined || this.#isStopped) continue;
      this.#timer = setTimeout(() => this.wake(), againInMs);
    }
  }

  async #reconcile(): Promise<number | undefined> {
    const { name, reconcile, onFailure, log } = this.#options;
    try {
      const { againInMs } = await reconcile();
      this.#failures = 0;
      return againInMs;
    } catch (error) {
      this.#failures += 1;
      const isOpencode = error instanceof OpencodeUnreachable || error instanceof OpencodeRefused;
      if (isOpencode) log.info({ reason: reasonOf(error), agent: name }, opencodeFails);
      else log.error({ err: error, agent: name }, "an agent could not be reconciled");
      await onFailure(error).catch((fault: unknown) => {
        log.error({ err: fault, agent: name }, "a failure could not be handled");
      });
      return pauseAfter(this.#failures, failurePause);
    }
  }
}

const opencodeFails = "opencode cannot be used now";

/** An error in one line, with the codes of the system below it. */
function reasonOf(error: Error): string {
  const { code } = error as { code?: unknown };
  const own = typeof code !== "string" ? error.message : `${error.message} (${code})`;
  return error.cause instanceof Error ? `${own}: ${reasonOf(error.cause)}` : own;
}
