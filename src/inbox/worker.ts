import { crashPoint } from "../crash.ts";
import type { Update } from "grammy/types";
import type { Logger } from "../log.ts";
import { LanePump } from "../store/pump.ts";
import { isStoreFault, type Store, type Transaction } from "../store/store.ts";
import { endUpdate, type Inbox, type StoredUpdate } from "./inbox.ts";

/** Runs of one update that may fail before it is given up. */
const maxAttempts = 3;

/**
 * What handling one update has made so far. It is kept in the same transaction that ends the
 * update, so a crash leaves both or neither and a second run starts from nothing.
 */
export class Work {
  readonly updateId: number;
  /** Milliseconds since the epoch at which the update was stored. */
  readonly receivedAt: number;
  #effects: ((transaction: Transaction) => void)[] = [];
  #afterwards: (() => void)[] = [];

  constructor(updateId: number, receivedAt: number) {
    this.updateId = updateId;
    this.receivedAt = receivedAt;
  }

  /** Adds a change of the store that belongs to the end of this update. */
  keep(effect: (transaction: Transaction) => void): void {
    this.#effects.push(effect);
  }

  /** Adds something to nudge once the changes are kept; a crash may lose it. */
  afterwards(nudge: () => void): void {
    this.#afterwards.push(nudge);
  }

  /** Makes the changes, in the order they were added. */
  apply(transaction: Transaction): void {
    for (const effect of this.#effects) effect(transaction);
  }

  /** Nudges whoever waits for the changes. */
  finish(): void {
    for (const nudge of this.#afterwards) nudge();
  }
}

/** Handles one update; it may be run again for the same update after a crash or an error. */
export type HandleUpdate = (update: Update, work: Work) => Promise<void>;

/** What the worker is given. */
export interface InboxWorkerOptions {
  store: Store;
  inbox: Inbox;
  /** What to keep when an update is given up, so that its sender is told. */
  giveUp: (update: Update, transaction: Transaction) => void;
  /** Called after the changes of an update were kept. */
  kept: () => void;
  log: Logger;
  faultPauseMs?: number;
}

/** Runs the updates of the inbox through the bot, in order per lane, each to its end. */
export class InboxWorker {
  #options: InboxWorkerOptions;
  #pump: LanePump<StoredUpdate>;
  #handle: HandleUpdate | undefined;

  constructor(options: InboxWorkerOptions) {
    this.#options = options;
    this.#pump = new LanePump({
      take: (busyLanes) => options.inbox.take(busyLanes),
      run: (stored) => this.#run(stored),
      log: options.log,
      ...(options.faultPauseMs !== undefined && { faultPauseMs: options.faultPauseMs }),
    });
  }

  /** Begins to hand updates to `handle`; until then they wait. */
  begin(handle: HandleUpdate): void {
    this.#handle = handle;
    this.wake();
  }

  /** Looks for updates; called when one was stored. */
  wake(): void {
    if (this.#handle) this.#pump.wake();
  }

  /** Takes no more updates and resolves when those in hand are done. */
  stop(): Promise<void> {
    return this.#pump.stop();
  }

  async #run(stored: StoredUpdate): Promise<void> {
    const { store, giveUp, kept, log } = this.#options;
    const update = JSON.parse(stored.body) as Update;
    const work = new Work(stored.updateId, stored.receivedAt);
    try {
      await this.#handle?.(update, work);
      crashPoint("update handled");
      await store.writeBehind((transaction) => {
        work.apply(transaction);
        endUpdate(transaction, stored.updateId, "done");
      });
      crashPoint("prompt made");
    } catch (error) {
      log.error({ err: error, updateId: stored.updateId }, "an update could not be handled");
      // A store that is full or locked says nothing about the update.
      if (stored.attempts < maxAttempts || isStoreFault(error)) throw error;
      await store.write((transaction) => {
        giveUp(update, transaction);
        endUpdate(transaction, stored.updateId, "failed");
      });
      kept();
      return;
    }
    work.finish();
    kept();
  }
}
