import { useConversation } from "../agents/conversations.ts";
import { speakerNow } from "../agents/speaker.ts";
import { type Button, consumeButtons, keysOf } from "../buttons/buttons.ts";
import { findPressed, type Press } from "../buttons/find-pressed.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { choiceText } from "../chat/message-text.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { answerPress } from "../outbox/say.ts";
import { addPrompt } from "../prompts/prompts.ts";
import { type ChoiceAction, chosenButton, wordsOf } from "../replies/choices.ts";
import { switchSet } from "../replies/introduce.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { BotContext } from "./context.ts";
import { tellOfChoice } from "./tell-of-choice.ts";

/**
 * Makes the press of a button below an agent's words a prompt to that agent: it quotes the message and names
 * the choice, as if the operator had replied to it. The agent chose the words, so a press does nothing else.
 */
export function takeChoice(context: BotContext, one: Press, button: Button): void {
  const { work } = context;
  const { label, ...spoke } = button.action as ChoiceAction;
  const message = context.callbackQuery?.message;
  if (!message) return;
  const choice = wordsOf(label);
  work.addEffect(async (transaction) => {
    // Two presses at once act once.
    const found = await findPressed(transaction, one);
    if ("refusal" in found) return answerPress(transaction, one.queryId, found.refusal);
    const { name, isSame, isActive } = await speakerNow(transaction, spoke);
    if (!isSame || !isActive) {
      const { chosenGone, chosenStopped } = texts.replies;
      const words = isSame ? chosenStopped({ agent: name }) : chosenGone({ agent: name });
      return answerPress(transaction, one.queryId, words);
    }
    await consumeButtons(transaction, button, one.operator);
    // Telegram may show it in the chat at large; see `findPressed`.
    const conversation = conversationFromKey(button.conversation);
    const sentAt = Math.floor(work.receivedAt / 1000) * 1000;
    await useConversation(transaction, conversation);
    await addPrompt(transaction, {
      agent: name,
      conversation: conversation.key,
      operator: one.operator,
      chatMessageId: message.message_id,
      text: choiceText(message, choice),
      sentAt,
      updateId: work.updateId,
    });
    await showChosen(
      transaction,
      { ...one, agent: name, messageId: message.message_id },
      button,
      choice,
    );
    await answerPress(transaction, one.queryId, texts.replies.chosen({ agent: name, choice }));
    await tellOfChoice(transaction, { conversation, operator: one.operator }, name);
  });
}

/** The choice takes the place of the buttons; one for switching to the agent stays. */
async function showChosen(
  transaction: Transaction,
  { key, messageId, agent }: Press & { messageId: number; agent: string },
  { conversation, outboxId }: Button,
  choice: string,
): Promise<void> {
  const [other] = outboxId === undefined ? [] : await keysOf(transaction, switchSet(outboxId));
  const rows = [[chosenButton(choice, key)]];
  if (other !== undefined) {
    rows.push([{ text: texts.bot.switchTo({ agent }), callback_data: other }]);
  }
  await enqueue(transaction, {
    lane: outboxLane(conversation, "urgent"),
    method: "editMessageReplyMarkup",
    payload: {
      chat_id: conversationFromKey(conversation).chatId,
      message_id: messageId,
      reply_markup: { inline_keyboard: rows },
    },
  });
}
