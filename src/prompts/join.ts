import type { Transaction } from "../store/store.ts";
import { addParts, fileSignal, partsOf, restate } from "./parts.ts";
import type { NewPrompt, PromptRow } from "./prompt.ts";
import { open } from "./states.ts";

// A text that has grown beyond this takes no more parts.
const longestJoined = 200_000;

/**
 * Adds what came with another message to what the operator wrote to the agent last, if that still receives; more
 * may follow until `receiveUntil`. Whether it was added.
 */
export async function joinPrompt(
  transaction: Transaction,
  added: Omit<NewPrompt, "updateId">,
): Promise<boolean> {
  const { agent, conversation, operator, receiveUntil, files = [] } = added;
  const first = await transaction.get<Pick<PromptRow, "id" | "chat_message_id" | "text">>(
    `UPDATE prompts SET receive_until = ?
     WHERE state = 'receiving' AND receive_until > ? AND length(text) < ? AND id = (
       SELECT max(id) FROM prompts WHERE agent = ? AND conversation = ? AND operator = ? AND ${open})
     RETURNING id, chat_message_id, text`,
    receiveUntil ?? null,
    Date.now(),
    longestJoined,
    agent,
    conversation,
    operator,
  );
  if (!first) return false;
  if ((await partsOf(transaction, first.id)).length === 0) {
    const { chat_message_id: chatMessageId, text } = first;
    await addParts(transaction, first.id, { chatMessageId, text });
  }
  await addParts(transaction, first.id, added);
  await restate(transaction, first.id);
  if (files.length > 0) transaction.notify(fileSignal, agent);
  return true;
}
