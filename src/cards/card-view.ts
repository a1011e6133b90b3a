import { addButton, bindButtons, dropButtons } from "../buttons/buttons.ts";
import { type Conversation, conversationFromKey } from "../chat/conversation.ts";
import { type FormattedText, shortened } from "../chat/formatted-text.ts";
import { maxTextLength } from "../chat/limits.ts";
import { outboxLane } from "../outbox/lanes.ts";
import type { KeptFile } from "../outbox/kept-files.ts";
import type { Fallback } from "../outbox/fallback.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { buttonsOf, type Card } from "./card.ts";
import { documentCaption, documentName, layoutOf } from "./card-layout.ts";
import { openCards, recordClosed, recordDocument, recordMessage, unpinCard } from "./card-table.ts";
import { decideHint } from "./card-text.ts";
import { type Choice, choicesOf, plainest } from "./choices.ts";

const linkPreview = { link_preview_options: { is_disabled: true } };
const noButtons = { inline_keyboard: [] };

/**
 * Sends a card to a conversation: its document, which `file` is when it has one, then its texts. The
 * last one has the buttons; without those that approve when a message before it could not be sent.
 */
export async function sendCard(
  transaction: Transaction,
  card: Card,
  conversation: Conversation,
  file?: KeptFile,
): Promise<void> {
  const shown = file ? await sendDocument(transaction, card, conversation, file) : card;
  const { parts, isAttached } = layoutOf(shown);
  const needs = isAttached ? [shown.documentId ?? 0] : [];
  const place = { lane: outboxLane(conversation.key, "urgent"), method: "sendMessage" };
  for (const part of parts.slice(0, -1)) {
    const payload = { ...target(conversation), ...part, ...linkPreview };
    needs.push(await enqueue(transaction, { ...place, payload }));
  }
  const { fields, fallback } = await lastMessage(transaction, shown);
  const outboxId = await enqueue(transaction, {
    ...place,
    payload: { ...target(conversation), ...fields },
    fallback: { ...fallback, needs },
  });
  await bindButtons(transaction, buttonsOf(shown), outboxId);
  await recordMessage(transaction, shown, outboxId);
}

/** Shows the card as it is now, with new buttons; the old ones are void. */
export async function redrawCard(transaction: Transaction, card: Card): Promise<void> {
  await dropButtons(transaction, buttonsOf(card));
  const { fields, fallback } = await lastMessage(transaction, card);
  await bindButtons(transaction, buttonsOf(card), card.outboxId);
  const needs = layoutOf(card).isAttached ? [card.documentId ?? 0] : [];
  await editCard(transaction, card, fields, { ...fallback, needs });
}

/** Goes on to the card's next question: in its message, or in new ones when it needs several. */
export async function showNext(transaction: Transaction, card: Card): Promise<void> {
  if (layoutOf(card).parts.length === 1) return redrawCard(transaction, card);
  await dropButtons(transaction, buttonsOf(card));
  const text = texts.cards.nextFollows;
  await editCard(transaction, card, { text, entities: [], reply_markup: noButtons });
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
  const { parts, plain } = layoutOf(card);
  const last = parts.at(-1) ?? { text: plain, entities: [] };
  const closed = ({ text, entities }: FormattedText) => ({
    text: shortened(`${text}\n\n${how}`, maxTextLength),
    entities,
    reply_markup: noButtons,
  });
  const refused = closed({ text: plain, entities: [] });
  await editCard(transaction, card, closed(last), { refused });
  await dropButtons(transaction, buttonsOf(card));
  await unpinCard(transaction, card);
}

/** Closes every card of an agent whose session is over, in the transaction that ends it. */
export async function closeCards(
  transaction: Transaction,
  agent: string,
  how: string,
): Promise<void> {
  for (const { requestId } of await openCards(transaction, agent)) {
    await closeCard(transaction, requestId, how);
  }
}

async function sendDocument(
  transaction: Transaction,
  card: Card,
  conversation: Conversation,
  { path }: KeptFile,
): Promise<Card> {
  const documentId = await enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: "sendDocument",
    payload: {
      ...target(conversation),
      document: { path, name: documentName(card) },
      caption: documentCaption(card),
    },
    isPinned: true,
  });
  return recordDocument(transaction, card, documentId);
}

/** The message with the buttons, and what stands in its place when it cannot be sent like that. */
async function lastMessage(
  transaction: Transaction,
  card: Card,
): Promise<{ fields: object; fallback: Fallback }> {
  const { parts, plain, isPlainWhole, incomplete } = layoutOf(card);
  const choices = await withKeys(transaction, card, choicesOf(card));
  const declining = choices.filter(({ isDecline }) => isDecline);
  const unmet = { text: incomplete, entities: [], reply_markup: keyboard(declining) };
  const refused = { text: plain, entities: [], reply_markup: keyboard(plainest(choices)) };
  return {
    fields: { ...parts.at(-1), ...linkPreview, reply_markup: keyboard(choices) },
    fallback: {
      unmet,
      refused: isPlainWhole ? refused : unmet,
      failed: texts.cards.notShown({ agent: card.agent, decide: decideHint(card) }),
    },
  };
}

async function editCard(
  transaction: Transaction,
  card: Card,
  fields: object,
  fallback?: Fallback,
): Promise<void> {
  await enqueue(transaction, {
    lane: outboxLane(card.conversation, "urgent"),
    method: "editMessageText",
    payload: {
      chat_id: conversationFromKey(card.conversation).chatId,
      message_of: card.outboxId,
      ...linkPreview,
      ...fields,
    },
    fallback,
  });
}

interface KeyedChoice extends Choice {
  key: string;
}

async function withKeys(
  transaction: Transaction,
  card: Card,
  choices: Choice[],
): Promise<KeyedChoice[]> {
  const { conversation, operator } = card;
  const keyed: KeyedChoice[] = [];
  for (const choice of choices) {
    const button = { ...buttonsOf(card), action: choice.action, conversation, operator };
    const key = await addButton(transaction, { ...button, once: true, isKept: true });
    keyed.push({ ...choice, key });
  }
  return keyed;
}

function keyboard(buttons: (Choice & { key?: string })[]) {
  return {
    inline_keyboard: buttons.map(({ label, key }) => [{ text: label, callback_data: key }]),
  };
}
