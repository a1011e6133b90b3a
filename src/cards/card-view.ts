import { type Conversation, conversationFromKey } from "../chat/conversation.ts";
import { type FormattedText, shortened } from "../chat/formatted-text.ts";
import { maxTextLength } from "../chat/split.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue, unpin } from "../outbox/outbox.ts";
import { target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { type Card, questionsOf } from "./card.ts";
import { addKey, dropKeys, recordClosed, recordMessage } from "./card-table.ts";
import {
  cardParts,
  type Choice,
  dismissChoice,
  permissionChoices,
  permissionText,
  questionChoices,
  questionText,
} from "./card-text.ts";

/** Sends a card to a conversation; a text too long for one message goes before, buttons come last. */
export async function sendCard(
  transaction: Transaction,
  card: Card,
  conversation: Conversation,
): Promise<void> {
  const { text, choices } = view(card);
  const parts = cardParts(text);
  let outboxId = 0;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    outboxId = await enqueue(transaction, {
      lane: outboxLane(conversation.key, "urgent"),
      method: "sendMessage",
      payload: {
        ...target(conversation),
        ...part,
        link_preview_options: { is_disabled: true },
        ...(isLast && { reply_markup: await keyboard(transaction, card, choices) }),
      },
      isPinned: isLast,
    });
  }
  await recordMessage(transaction, card, outboxId);
}

/** Shows the card as it is now, with new buttons; the keys of the old ones are void. */
export async function redrawCard(transaction: Transaction, card: Card): Promise<void> {
  const { text, choices } = view(card);
  await dropKeys(transaction, card);
  const buttons = await keyboard(transaction, card, choices);
  await editCard(transaction, card, lastPart(text), buttons);
}

/** Goes on to the card's next question: in its message, or in new ones when it needs several. */
export async function showNext(transaction: Transaction, card: Card): Promise<void> {
  if (cardParts(view(card).text).length === 1) return redrawCard(transaction, card);
  await dropKeys(transaction, card);
  const over = { text: "Answered. The next question follows.", entities: [] };
  await editCard(transaction, card, over, noButtons);
  await unpin(transaction, card.outboxId);
  await sendCard(transaction, card, conversationFromKey(card.conversation));
}

/** Closes a card: its buttons go and a last line says how it ended. Nothing for a closed card. */
export async function closeCard(
  transaction: Transaction,
  requestId: string,
  how: string,
): Promise<void> {
  const card = await recordClosed(transaction, requestId);
  if (!card) return;
  const last = lastPart(view(card).text);
  const text = shortened(`${last.text}\n\n${how}`, maxTextLength);
  await editCard(transaction, card, { ...last, text }, noButtons);
  await unpin(transaction, card.outboxId);
}

const noButtons = { inline_keyboard: [] };

/** What the message with the buttons shows of a text that takes several. */
function lastPart(text: FormattedText): FormattedText {
  return cardParts(text).at(-1) ?? text;
}

function view(card: Card): { text: FormattedText; choices: Choice[] } {
  const { agent, asked, chosen } = card;
  if (asked.kind === "permission") {
    return { text: permissionText(agent, asked.request), choices: permissionChoices };
  }
  const question = questionsOf(card)[chosen.length - 1];
  if (!question) {
    return { text: { text: `${agent} asks nothing.`, entities: [] }, choices: [dismissChoice] };
  }
  const labels = chosen.at(-1) ?? [];
  return {
    text: questionText(agent, question, labels),
    choices: questionChoices(question, labels),
  };
}

async function editCard(
  transaction: Transaction,
  card: Card,
  text: FormattedText,
  replyMarkup: object,
): Promise<void> {
  await enqueue(transaction, {
    lane: outboxLane(card.conversation, "urgent"),
    method: "editMessageText",
    payload: {
      chat_id: conversationFromKey(card.conversation).chatId,
      message_of: card.outboxId,
      ...text,
      link_preview_options: { is_disabled: true },
      reply_markup: replyMarkup,
    },
  });
}

async function keyboard(transaction: Transaction, card: Card, choices: Choice[]) {
  const rows: { text: string; callback_data: string }[][] = [];
  for (const { label, action } of choices) {
    const key = await addKey(transaction, card, action);
    // Telegram refuses a button without a visible label, and the card with it.
    rows.push([{ text: label.toWellFormed().trim() || "(no label)", callback_data: key }]);
  }
  return { inline_keyboard: rows };
}
