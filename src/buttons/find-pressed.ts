import { conversationFromKey } from "../chat/conversation.ts";
import { messageIdOf } from "../outbox/complete-call.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { type Button, findButton } from "./buttons.ts";

/** A press of a button, as Telegram reports it. */
export interface Press {
  queryId: string;
  key: string;
  operator: number;
  /** Key of the conversation, and the message, that it was pressed in. */
  conversation: string;
  messageId: number | undefined;
}

/**
 * The button that was pressed, or why it does nothing: it is unknown or used, or it was shown in another
 * conversation or to another operator. Whoever acts on it asks in the transaction that does so and uses it
 * up there, so that two presses at once act once.
 */
export async function findPressed(
  transaction: Transaction,
  press: Press,
): Promise<{ button: Button } | { refusal: string }> {
  const button = await findButton(transaction, press.key);
  if (!button || button.isUsed) return { refusal: texts.buttons.spent };
  if (!(await isHere(transaction, button, press))) return { refusal: texts.buttons.elsewhere };
  const { operator } = button;
  if (operator !== undefined && operator !== press.operator)
    return { refusal: texts.buttons.another };
  return { button };
}

/** Telegram sends a message to the chat at large when its topic is gone: there the message itself counts. */
async function isHere(
  transaction: Transaction,
  { conversation, outboxId }: Button,
  press: Press,
): Promise<boolean> {
  if (conversation === press.conversation) return true;
  const chat = (key: string) => conversationFromKey(key).chatId;
  if (chat(conversation) !== chat(press.conversation)) return false;
  if (outboxId === undefined || press.messageId === undefined) return false;
  return (await messageIdOf(transaction, outboxId)) === press.messageId;
}
