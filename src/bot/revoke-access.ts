import { type AllowList, ignoredBecause, isOperator } from "../access/operators.ts";
import { dropCards } from "../cards/card-table.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { dropUpdates } from "../inbox/inbox.ts";
import { dropOtherChats } from "../outbox/chats.ts";
import { dropPrompts } from "../prompts/prompts.ts";
import { dropReactions } from "../prompts/reacted.ts";
import type { Store } from "../store/store.ts";
import { dropTranscripts } from "../transcripts/transcript-table.ts";
import { dropLiveMessages } from "../turns/live/live-table.ts";
import { dropReadings } from "../voice/read-aloud.ts";
import { dropTasks } from "./tasks.ts";

/** How much was dropped. */
export interface Revoked {
  updates: number;
  prompts: number;
  tasks: number;
  calls: number;
}

/**
 * Drops what is still open of users and chats that the settings no longer name: their prompts and commands
 * are not run, and nothing more is sent to their chats. Open cards there are shown again in the conversation
 * where their agent replies now. Call it at the start, before any worker runs.
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
    const tasks = await dropTasks(transaction, ({ operator, conversation: { chatId } }) =>
      operator === undefined
        ? !allowed.chats.includes(chatId)
        : !isOperator(operator, chatId, allowed),
    );
    await dropTranscripts(
      transaction,
      ({ operator, conversation: { chatId } }) => !isOperator(operator, chatId, allowed),
    );
    await dropReadings(transaction, (chatId) => !allowed.chats.includes(chatId));
    await dropReactions(
      transaction,
      (operator, conversation) => !isOperator(operator, chatOf(conversation), allowed),
    );
    await dropCards(
      transaction,
      ({ conversation }) => !allowed.chats.includes(chatOf(conversation)),
    );
    await dropLiveMessages(
      transaction,
      ({ conversation }) => !allowed.chats.includes(chatOf(conversation)),
    );
    return { updates, prompts, tasks, calls: await dropOtherChats(transaction, allowed.chats) };
  });
}
