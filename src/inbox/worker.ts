import { EventEmitter } from "node:events";
import type { Update } from "grammy/types";
import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import { LanePump } from "../store/pump.ts";
import { isStoreFault, type Store, type Transaction } from "../store/store.ts";
import { endUpdate, type Inbox, inboxSignal, type StoredUpdate } from "./inbox.ts";

/** Runs of one update that may fail before it is given up. */
const maxAttempts = 3;

/**
 * What handling one update has made so far. It is applied in the same transaction that ends the
 * update, so a crash leaves both or neither and a second run starts from nothing.
 */
export class Work {
  readonly updateId: number;
  /** Milliseconds since the epoch at which the update was stored. */
  readonly receivedAt: number;
  #effects: ((transaction: Transaction) => Promise<void>)[] = [];

  constructor(updateId: number, receivedAt: number) {
    this.updateId = updateId;
    this.receivedAt = receivedAt;
  }

  /** Adds a change of the store that belongs to the end of this update. */
  addEffect(effect: (transaction: Transaction) => Promise<void>): void {
    this.#effects.push(effect);
  }

  /** Makes the changes, in the order they were added. */
  async apply(transaction: Transaction): Promise<void> {
    for (const effect of this.#effects) await effect(transaction);
  }
}

/** What an update means; the bot knows. */
export interface UpdateHandler {
  /**
   * Fills the work of one update. It may be run again for the same update after a crash or an
   * error, so it changes nothing itself.
   */
  handle: (update: Update, work: Work) => Promise<void>;
  /** Tells the sender of an update that it was given up. */
  giveUp: (update: Update, transaction: Transaction) => Promise<void>;
}

/** What the worker needs. */
export interface InboxWorkerOptions {
  store: Store;
  inbox: Inbox;
  log: Logger;
  faultPauseMs?: number;
}

/** What the worker tells. */
export interface InboxWorkerEvents {
  /** An update has come to its end. */
  ended: [state: "done" | "failed"];
}

/** Runs the updates of the inbox through the bot, in order per lane, each to its end. */
export class InboxWorker extends EventEmitter<InboxWorkerEvents> {
  #options: InboxWorkerOptions;
  #pump: LanePump<StoredUpdate>;
  #handler: UpdateHandler | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: InboxWorkerOptions) {
    super();
    this.#options = options;
    this.#pump = new LanePump({
      take: (busyLanes) => options.inbox.take(busyLanes),
      run: (stored) => this.#run(stored),
      log: options.log,
      ...(options.faultPauseMs !== undefined && { faultPauseMs: options.faultPauseMs }),
    });
  }

  /** Begins to hand updates to `handler`; until then they wait. */
  begin(handler: UpdateHandler): void {
    this.#handler = handler;
    this.#unsubscribe ??= this.#options.store.on(inboxSignal, () => this.#pump.wake());
    this.#pump.wake();
  }

  /** Takes no more updates and resolves when those in hand are done. */
  stop(): Promise<void> {
    this.#unsubscribe?.();
    return this.#pump.stop();
  }

  async #run(stored: StoredUpdate): Promise<void> {
    this.emit("ended", await this.#end(stored));
  }

  /** Resolves to how the update has ended. @throws when it is to be run again. */
  async #end(stored: StoredUpdate): Promise<"done" | "failed"> {
    const { store, log } = this.#options;
    const update = JSON.parse(stored.body) as Update;
    const work = new Work(stored.updateId, stored.receivedAt);
    try {
      await this.#handler?.handle(update, work);
      crashPoint("update handled");
      await store.writeBehind(async (transaction) => {
        await work.apply(transaction);
        await endUpdate(transaction, stored.updateId, "done");
      });
      crashPoint("prompt made");
      return "done";
    } catch (error) {
      log.error({ err: error, updateId: stored.updateId }, "an update could not be handled");
      // A store that is full or locked says nothing about the update.
      if (stored.attempts < maxAttempts || isStoreFault(error)) throw error;
      await store.write(async (transaction) => {
        await this.#handler?.giveUp(update, transaction);
        await endUpdate(transaction, stored.updateId, "failed");
      });
      return "failed";
    }
  }
}
