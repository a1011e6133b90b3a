import { agentSignal } from "../agents/agents.ts";
import { cardSignal } from "../cards/card-table.ts";
import type { Cards } from "../cards/cards.ts";
import type { Logger } from "../log.ts";
import { type Prompts, promptSignal } from "../prompts/prompts.ts";
import { queueSignal } from "../prompts/queue.ts";
import type { Store } from "../store/store.ts";
import type { AgentLoops } from "./agent-loops.ts";

/** What listening to the store needs. */
export interface WakeSignalsOptions {
  store: Store;
  prompts: Prompts;
  cards: Cards;
  loops: Pick<AgentLoops, "wake">;
  log: Logger;
}

/** Wakes an agent's loop when something was stored that it has to act on. */
export class WakeSignals {
  #options: WakeSignalsOptions;

  constructor(options: WakeSignalsOptions) {
    this.#options = options;
  }

  /** Begins to listen. */
  start(): void {
    const { store, loops } = this.#options;
    const wake = (name: string | undefined) => name !== undefined && loops.wake(name);
    store.on(agentSignal, wake);
    store.on(cardSignal, wake);
    store.on(queueSignal, wake);
    store.on(promptSignal, (name) => {
      if (name !== undefined) void this.#promptAdded(name);
    });
  }

  async #promptAdded(name: string): Promise<void> {
    const { loops, log } = this.#options;
    try {
      if (await this.#waitsForTurn(name)) return;
    } catch (error) {
      log.error({ err: error, agent: name }, "whether a turn runs could not be read");
    }
    loops.wake(name);
  }

  /**
   * Whether a new prompt only waits for the running turn, whose end wakes the loop. With an open card
   * its author has to be told that the card comes first.
   */
  async #waitsForTurn(name: string): Promise<boolean> {
    const { prompts, cards } = this.#options;
    const head = await prompts.head(name);
    return head?.state === "running" && !(await cards.hasOpen(name));
  }
}
