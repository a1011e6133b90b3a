import { lastConversation } from "../agents/conversations.ts";
import { conversation, type Conversation, conversationFromKey } from "../chat/conversation.ts";
import type { Transaction } from "../store/store.ts";
import { currentPrompt } from "./prompts.ts";

/** Where an agent's words go. */
export class Destinations {
  #allowedChats: readonly number[];

  /**
   * Words go to one of `allowedChats` alone, though the store may know others from earlier settings;
   * to the first before any operator has written.
   */
  constructor(allowedChats: readonly number[]) {
    this.#allowedChats = allowedChats;
  }

  /**
   * The conversation whose prompt the agent works on, else the one bound to it that was used last,
   * else the last one any operator used.
   */
  async ofAgent(transaction: Transaction, agent: string | undefined): Promise<Conversation> {
    const prompt = agent === undefined ? undefined : await currentPrompt(transaction, agent);
    const asking = prompt && conversationFromKey(prompt.conversation);
    if (asking && this.#allowedChats.includes(asking.chatId)) return asking;
    const last = await lastConversation(transaction, agent, this.#allowedChats);
    return last ?? conversation(this.#allowedChats[0] ?? 0);
  }
}
