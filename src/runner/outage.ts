import { agentSignal } from "../agents/agents.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { say } from "../outbox/say.ts";
import { openPrompts } from "../prompts/prompts.ts";
import { addSetting, takeSettings } from "../store/settings.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

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
        const key = `${prefixOf(agent)}${conversation}`;
        if (!(await addSetting(transaction, key, conversation))) continue;
        await say(
          transaction,
          conversationFromKey(conversation),
          texts.outages.opencode({ agent }),
        );
      }
    });
  }

  /** An agent was reconciled. */
  async recordSuccess(agent: string): Promise<void> {
    if (this.#succeeded.has(agent)) return;
    this.#failingSince.delete(agent);
    this.#succeeded.add(agent);
    await this.#store.write(async (transaction) => {
      for (const conversation of await takeSettings(transaction, prefixOf(agent))) {
        const text = texts.outages.opencodeIsBack({ agent });
        await say(transaction, conversationFromKey(conversation), text);
      }
    });
  }
}

/** Who was told of an agent's outage hears of its end under the name it is now called. */
export async function renameOutage(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  for (const conversation of await takeSettings(transaction, prefixOf(name))) {
    await addSetting(transaction, `${prefixOf(newName)}${conversation}`, conversation);
  }
}

function prefixOf(agent: string): string {
  return `outage ${agent} `;
}
