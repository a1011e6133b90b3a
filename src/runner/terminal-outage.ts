import { conversationFromKey } from "../chat/conversation.ts";
import { say } from "../outbox/say.ts";
import { addSetting, takeSettings } from "../store/settings.ts";
import type { Store } from "../store/store.ts";
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

function prefixOf(agent: string): string {
  return `terminal ${agent} `;
}
