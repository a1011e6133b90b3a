import { agentNamed } from "../agents/identity.ts";
import { type ButtonSet, dropButtons } from "../buttons/buttons.ts";
import { addCommandButton, commandPurpose } from "../buttons/command-buttons.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { Keyboard } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/** A message of an agent's session that makes each later turn fail. */
export interface Harmful {
  agent: string;
  conversation: Conversation;
  messageId: string;
}

/** What is said of it, and the button that undoes it; `bindChoice` names the call that shows it. */
export interface UndoOffer {
  notice: string;
  keyboard: Keyboard;
  set: ButtonSet;
}

/** Makes the notice that a PDF was refused, and its button: any operator of the conversation may press it. */
export async function offerUndo(
  transaction: Transaction,
  { agent, conversation, messageId }: Harmful,
): Promise<UndoOffer> {
  const set = { purpose: commandPurpose, subject: `refused ${messageId}` };
  await dropButtons(transaction, set);
  const id = (await agentNamed(transaction, agent))?.id;
  const key = await addCommandButton(transaction, {
    subject: set.subject,
    action: {
      command: "undo",
      argument: "",
      data: messageId,
      ...(id !== undefined && { agent: id }),
    },
    conversation: conversation.key,
    once: true,
  });
  const keyboard = [[{ text: texts.turns.undoPdf, callback_data: key }]];
  return { notice: texts.turns.refusedPdf({ agent }), keyboard, set };
}
