import type { Conversation } from "../chat/conversation.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { say } from "../outbox/say.ts";
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
  const wanted = { turn: { prompt: draftId }, conversation: prompt.conversation };
  const { kind } = await wantAbort(transaction, agent, wanted);
  // What was written stays in the draft until the message that says how the turn ended; any other would end it.
  if (kind === "over") await say(transaction, conversation, texts.queue.turnOver({ agent }));
}
