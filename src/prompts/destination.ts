import { lastConversation } from "../agents/conversations.ts";
import { conversation, type Conversation, conversationFromKey } from "../chat/conversation.ts";
import type { Transaction } from "../store/store.ts";
import type { Prompt } from "./prompt.ts";

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
   * The conversation of the prompt in whose turn the words were said; for words without a turn, or of a
   * chat that is no longer allowed, the one bound to the agent that was used last, else the last one any
   * operator used.
   */
  async of(
    transaction: Transaction,
    agent: string | undefined,
    prompt: Pick<Prompt, "conversation"> | undefined,
  ): Promise<Conversation> {
    const asking = prompt && conversationFromKey(prompt.conversation);
    if (asking && this.#allowedChats.includes(asking.chatId)) return asking;
    const last = await lastConversation(transaction, agent, this.#allowedChats);
    return last ?? conversation(this.#allowedChats[0] ?? 0);
  }
}
