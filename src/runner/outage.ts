import { say } from "../outbox/say.ts";
import type { Store } from "../store/store.ts";
import { conversationFromKey } from "../chat/conversation.ts";

// A restart of opencode takes a few seconds and is nobody's worry.
const tellAfterMs = 10_000;

/**
 * Tells operators whose prompts wait that an agent's lane does not move, once an outage, and again
 * when it is over: opencode cannot be reached, refuses, or swallows what it is given. Whom it told stands in the store, so a restart neither repeats nor forgets it.
 */
export class Outage {
  #store: Store;
  #tellAfterMs: number;
  #downSince = new Map<string, number>();
  #seenUp = new Set<string>();

  constructor(store: Store, tellAfter = tellAfterMs) {
    this.#store = store;
    this.#tellAfterMs = tellAfter;
  }

  /** A pass of an agent's lane failed. Resolves to whether somebody was told. */
  async goesOn(agent: string): Promise<boolean> {
    const since = this.#downSince.get(agent) ?? Date.now();
    this.#downSince.set(agent, since);
    this.#seenUp.delete(agent);
    if (Date.now() - since < this.#tellAfterMs) return false;
    return this.#store.write((transaction) => {
      const waiting = transaction.all<{ conversation: string }>(
        `SELECT DISTINCT conversation FROM prompts
         WHERE agent = ? AND state IN ('queued', 'delivering', 'running')`,
        agent,
      );
      const news = waiting.filter(({ conversation }) => {
        const { changes } = transaction.run(
          "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
          `outage ${agent} ${conversation}`,
          conversation,
        );
        return changes === 1;
      });
      for (const { conversation } of news) {
        const words =
          `opencode is not reachable, or does not take what you wrote to ${agent}. ` +
          "It waits and goes on by itself; /status says more.";
        say(transaction, conversationFromKey(conversation), words);
      }
      return news.length > 0;
    });
  }

  /** A pass of an agent's lane went through. Resolves to whether somebody was told that it is over. */
  async isOver(agent: string): Promise<boolean> {
    if (this.#seenUp.has(agent)) return false;
    this.#downSince.delete(agent);
    this.#seenUp.add(agent);
    return this.#store.write((transaction) => {
      const told = transaction.all<{ value: string }>(
        "DELETE FROM settings WHERE key LIKE ? ESCAPE '\\' RETURNING value",
        `outage ${agent.replaceAll("_", "\\_")} %`,
      );
      for (const { value } of told) {
        say(transaction, conversationFromKey(value), `opencode is back; ${agent} goes on.`);
      }
      return told.length > 0;
    });
  }
}
