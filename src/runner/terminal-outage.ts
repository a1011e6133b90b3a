import { agentSignal } from "../agents/agents.ts";
import type { Store } from "../store/store.ts";
import { sayOutage, sayOutageOver } from "./outage-notices.ts";

/**
 * Tells operators that an agent's terminal cannot be used, so that they do not look at it for what they
 * wrote, and again when it can: each conversation once per outage. Whom it told is in the store.
 */
export class TerminalOutage {
  #store: Store;
  /** The agents whose terminal worked last, so that each prompt does not cost a commit. */
  #working = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
    // It may be another agent's name from now on.
    store.on(agentSignal, (name = "") => this.#working.delete(name));
  }

  /** Whether the agent's terminal could be used for a prompt of a conversation. */
  async record(
    agent: string,
    { conversation, works }: { conversation: string; works: boolean },
  ): Promise<void> {
    if (works) await this.#works(agent);
    else await this.#fails(agent, conversation);
  }

  async #fails(agent: string, conversation: string): Promise<void> {
    this.#working.delete(agent);
    await this.#store.write((transaction) =>
      sayOutage(transaction, "terminal", { agent, conversation }),
    );
  }

  async #works(agent: string): Promise<void> {
    if (this.#working.has(agent)) return;
    await this.#store.write((transaction) => sayOutageOver(transaction, "terminal", agent));
    this.#working.add(agent);
  }
}
