import { type AllowList, ignoredBecause, isOperator } from "../access/operators.ts";
import { dropCards } from "../cards/card-table.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { dropUpdates } from "../inbox/inbox.ts";
import { dropOtherChats } from "../outbox/outbox.ts";
import { dropPrompts } from "../prompts/prompts.ts";
import type { Store } from "../store/store.ts";

/** How much was given up. */
export interface Revoked {
  updates: number;
  prompts: number;
  calls: number;
}

/**
 * Gives up what is still open of users and chats that the settings no longer name: what they wrote
 * is not worked on, and nothing more goes to their chats. Cards that wait there are shown anew, where
 * their agent speaks now. Call it at the start, before anything moves.
 */
export function revokeAccess(store: Store, allowed: AllowList): Promise<Revoked> {
  const chatOf = (conversation: string) => conversationFromKey(conversation).chatId;
  return store.write(async (transaction) => {
    const updates = await dropUpdates(
      transaction,
      (update) => ignoredBecause(update, allowed) !== undefined,
    );
    const prompts = await dropPrompts(
      transaction,
      ({ operator, conversation }) => !isOperator(operator, chatOf(conversation), allowed),
    );
    await dropCards(
      transaction,
      ({ conversation }) => !allowed.chats.includes(chatOf(conversation)),
    );
    return { updates, prompts, calls: await dropOtherChats(transaction, allowed.chats) };
  });
}
