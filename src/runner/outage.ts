import { agentSignal } from "../agents/agents.ts";
import { openPrompts } from "../prompts/prompts.ts";
import type { Store } from "../store/store.ts";
import { sayOutage, sayOutageOver } from "./outage-notices.ts";

// A restart of opencode takes a few seconds and needs no message.
const defaultNotifyAfterMs = 10_000;

/**
 * Tells operators whose prompts wait that their agent makes no progress, once per outage, and again
 * when it is over: opencode cannot be reached, refuses, or swallows what it is given. Whom it told is
 * in the store, so a restart neither repeats nor forgets it.
 */
export class Outage {
  #store: Store;
  #notifyAfterMs: number;
  #failingSince = new Map<string, number>();
  #succeeded = new Set<string>();

  constructor(store: Store, notifyAfterMs = defaultNotifyAfterMs) {
    this.#store = store;
    // It may be another agent's name from now on.
    store.on(agentSignal, (name = "") => {
      this.#succeeded.delete(name);
      this.#failingSince.delete(name);
    });
    this.#notifyAfterMs = notifyAfterMs;
  }

  /** An agent could not be reconciled. */
  async recordFailure(agent: string): Promise<void> {
    const since = this.#failingSince.get(agent) ?? performance.now();
    this.#failingSince.set(agent, since);
    this.#succeeded.delete(agent);
    if (performance.now() - since < this.#notifyAfterMs) return;
    await this.#store.write(async (transaction) => {
      const prompts = await openPrompts(transaction, agent);
      for (const conversation of new Set(prompts.map((prompt) => prompt.conversation))) {
        await sayOutage(transaction, "outage", { agent, conversation });
      }
    });
  }

  /** An agent was reconciled. */
  async recordSuccess(agent: string): Promise<void> {
    if (this.#succeeded.has(agent)) return;
    this.#failingSince.delete(agent);
    await this.#store.write((transaction) => sayOutageOver(transaction, "outage", agent));
    this.#succeeded.add(agent);
  }
}
