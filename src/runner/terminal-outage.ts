import { agentSignal } from "../agents/agents.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { say } from "../outbox/say.ts";
import { addSetting, takeSettings } from "../store/settings.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

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
    await this.#store.write(async (transaction) => {
      const key = `${prefixOf(agent)}${conversation}`;
      if (!(await addSetting(transaction, key, conversation))) return;
      await say(transaction, conversationFromKey(conversation), texts.outages.terminal({ agent }));
    });
  }

  async #works(agent: string): Promise<void> {
    if (this.#working.has(agent)) return;
    await this.#store.write(async (transaction) => {
      for (const conversation of await takeSettings(transaction, prefixOf(agent))) {
        const text = texts.outages.terminalIsBack({ agent });
        await say(transaction, conversationFromKey(conversation), text);
      }
    });
    this.#working.add(agent);
  }
}

/** Who was told of an agent's outage hears of its end under the name it is now called. */
export async function renameTerminalOutage(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  for (const conversation of await takeSettings(transaction, prefixOf(name))) {
    await addSetting(transaction, `${prefixOf(newName)}${conversation}`, conversation);
  }
}

function prefixOf(agent: string): string {
  return `terminal ${agent} `;
}
