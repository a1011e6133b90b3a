import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../log.ts";

/** Something that waits in a lane of a durable queue. */
export interface Laned {
  lane: string;
}

/** What a pump needs to know of its queue. */
export interface PumpOptions<Item extends Laned> {
  /** The head of each lane that is ready and not in `busyLanes`. */
  take: (busyLanes: ReadonlySet<string>) => Promise<Item[]>;
  /** Handles one item; the lane is busy until it settles. Must not throw for an expected fault. */
  run: (item: Item) => Promise<void>;
  log: Logger;
  /** Milliseconds to wait after an unexpected fault before the queue is looked at again. */
  faultPauseMs?: number;
}

/**
 * Works through a queue with lanes: lanes run side by side, items of one lane in order.
 * The queue's truth stays in the store; the pump only knows which lanes are busy at the moment.
 */
export class LanePump<Item extends Laned> {
  #options: PumpOptions<Item>;
  #busy = new Set<string>();
  #runs = new Set<Promise<void>>();
  #taking: Promise<void> | undefined;
  #again = false;
  #stopped = new AbortController();

  constructor(options: PumpOptions<Item>) {
    this.#options = options;
  }

  /** Looks at the queue soon; cheap to call often. Does nothing once stopped. */
  wake(): void {
    this.#again = true;
    this.#taking ??= this.#takeAll().finally(() => {
      this.#taking = undefined;
      // A wake may have come between the last look and this line.
      if (this.#again && !this.#stopped.signal.aborted) this.wake();
    });
  }

  /** Takes nothing more and resolves when what is in hand has been handled; safe to repeat. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#taking;
    await Promise.all(this.#runs);
  }

  async #takeAll(): Promise<void> {
    while (this.#again && !this.#stopped.signal.aborted) {
      this.#again = false;
      try {
        const items = await this.#options.take(this.#busy);
        for (const item of items) this.#begin(item);
      } catch (error) {
        this.#options.log.error({ err: error }, "cannot read the queue; trying again");
        await this.#afterFault();
        this.#again = true;
      }
    }
  }

  #begin(item: Item): void {
    this.#busy.add(item.lane);
    const run = this.#run(item);
    this.#runs.add(run);
    void run.finally(() => {
      this.#runs.delete(run);
      this.#busy.delete(item.lane);
      if (!this.#stopped.signal.aborted) this.wake();
    });
  }

  async #run(item: Item): Promise<void> {
    try {
      await this.#options.run(item);
    } catch (error) {
      this.#options.log.error({ err: error, lane: item.lane }, "an item failed unexpectedly");
      await this.#afterFault();
    }
  }

  async #afterFault(): Promise<void> {
    const { signal } = this.#stopped;
    await pause(this.#options.faultPauseMs ?? 1000, undefined, { signal }).catch(() => undefined);
  }
}
