import { type Agents, agentSignal, markStopped, startAgent } from "../agents/agents.ts";
import { closeCards } from "../cards/card-view.ts";
import { endings } from "../cards/cards.ts";
import type { Logger } from "../log.ts";
import { dropReplies } from "../outbox/share.ts";
import { cancelPrompts } from "../prompts/prompts.ts";
import type { Store, Transaction } from "../store/store.ts";
import type { Sessions } from "./sessions.ts";

/** What starting and stopping agents needs. */
export interface LifecycleOptions {
  store: Store;
  agents: Agents;
  sessions: Sessions;
  /** Absolute path where agents work. */
  directory: string;
  yolo: boolean;
  log: Logger;
}

/**
 * Starts and stops agents. Both only record what is wanted, in the caller's transaction; the agent's loop
 * does the rest, also after a crash.
 */
export class Lifecycle {
  #options: LifecycleOptions;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Begins to end the turns and terminals of stopped agents at once, not after their loops' current run. */
  listen(): void {
    this.#options.store.on(agentSignal, (name) => {
      if (name !== undefined) void this.#endStopped(name);
    });
  }

  /** Starts an agent; its loop makes the session and the terminal as soon as opencode answers. */
  start(transaction: Transaction, name: string): Promise<"started" | "running"> {
    const { directory, yolo } = this.#options;
    return startAgent(transaction, { name, directory, yolo });
  }

  /**
   * Stops an agent, closes its cards, cancels its prompts and drops its replies that wait; resolves to how
   * many. Its turn and its terminal are ended by its loop, again when it was stopped before.
   */
  async stop(
    transaction: Transaction,
    name: string,
  ): Promise<{ prompts: number; replies: number }> {
    await markStopped(transaction, name);
    await closeCards(transaction, name, endings.stopped);
    const prompts = await cancelPrompts(transaction, name);
    return { prompts, replies: await dropReplies(transaction, name) };
  }

  /** A failure is left to the loop, which tries again. */
  async #endStopped(name: string): Promise<void> {
    const { agents, sessions, log } = this.#options;
    try {
      const agent = await agents.get(name);
      if (agent) await sessions.end(agent);
    } catch (error) {
      log.info({ err: error, agent: name }, "a stopped agent's turn could not be ended yet");
    }
  }
}
