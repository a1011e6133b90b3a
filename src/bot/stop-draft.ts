import type { Conversation } from "../chat/conversation.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { say } from "../outbox/say.ts";
import { laneOf } from "../prompts/lane.ts";
import { promptOf, wantAbort } from "../prompts/queue.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/**
 * Stops the turn whose draft Telegram's own Stop was pressed on, and no later one: a draft has the id of the
 * first prompt of its turn.
 */
export async function stopDraft(
  transaction: Transaction,
  conversation: Conversation,
  draftId: number,
): Promise<void> {
  const prompt = await promptOf(transaction, draftId);
  const isHere = prompt && conversationFromKey(prompt.conversation).chatId === conversation.chatId;
  // No draft of ours has such an id.
  if (!isHere) return;
  const { agent } = prompt;
  const { running } = await laneOf(transaction, agent, 0);
  if (!running.some(({ id }) => id === draftId)) {
    return say(transaction, conversation, texts.queue.turnOver({ agent }));
  }
  await wantAbort(transaction, agent);
  await say(transaction, conversation, texts.queue.aborting({ agent }));
}
