import { randomBytes } from "node:crypto";
import type { PermissionRequest, QuestionRequest } from "../opencode/client.ts";
import { owe } from "../outbox/outbox.ts";
import { target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { type Conversation, conversationFromKey } from "../chat/conversation.ts";
import { maxTextLength } from "../chat/split.ts";
import {
  cardParts,
  type Choice,
  type FormattedText,
  permissionChoices,
  permissionText,
  questionChoices,
  questionText,
  shortened,
} from "./card-text.ts";

/** A card as it stands in the store. */
export interface CardRow {
  request_id: string;
  kind: "permission" | "question";
  agent: string;
  conversation: string;
  operator: number | null;
  /** The request as opencode gave it, JSON. */
  request: string;
  state: "open" | "answered" | "closed";
  /** For each question reached so far, the labels chosen; JSON. */
  chosen: string;
  /** The operator's answer for opencode; JSON. */
  answer: string | null;
  /** The outbox call that made the card's message. */
  outbox_id: number;
}

/** The labels chosen so far, one list per question reached; the last is the one being asked. */
export function chosenOf(card: CardRow): string[][] {
  return JSON.parse(card.chosen) as string[][];
}

/** The questions of a card; none for a permission. */
export function questionsOf(card: CardRow): QuestionRequest["questions"] {
  return card.kind === "question" ? (JSON.parse(card.request) as QuestionRequest).questions : [];
}

/** Sends a card to a conversation; a text too long for one message goes before, buttons come last. */
export function sendCard(transaction: Transaction, card: CardRow, where: Conversation): void {
  const { text, choices } = view(card);
  const parts = cardParts(text);
  const ids = parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    return owe(transaction, {
      lane: where.key,
      method: "sendMessage",
      payload: {
        ...target(where),
        ...part,
        link_preview_options: { is_disabled: true },
        ...(isLast && { reply_markup: keyboard(transaction, card.request_id, choices) }),
      },
    });
  });
  transaction.run(
    "UPDATE cards SET outbox_id = ? WHERE request_id = ?",
    ids.at(-1) ?? 0,
    card.request_id,
  );
}

/** Shows the card as it stands now, with new buttons; the keys of the old ones are void. */
export function redrawCard(transaction: Transaction, card: CardRow): void {
  const { text, choices } = view(card);
  transaction.run("DELETE FROM card_keys WHERE request_id = ?", card.request_id);
  const buttons = keyboard(transaction, card.request_id, choices);
  editCard(transaction, card, lastPart(text), buttons);
}

/** Goes on to the card's next question: in its message, or in new ones when it needs several. */
export function showNext(transaction: Transaction, card: CardRow): void {
  if (cardParts(view(card).text).length === 1) return redrawCard(transaction, card);
  transaction.run("DELETE FROM card_keys WHERE request_id = ?", card.request_id);
  editCard(
    transaction,
    card,
    { text: "Answered. The next question follows.", entities: [] },
    noButtons,
  );
  sendCard(transaction, card, conversationFromKey(card.conversation));
}

/** Closes a card: its buttons go and a last line says how it ended. Nothing for a closed card. */
export function closeCard(transaction: Transaction, requestId: string, how: string): void {
  const card = transaction.get<CardRow>(
    "UPDATE cards SET state = 'closed' WHERE request_id = ? AND state != 'closed' RETURNING *",
    requestId,
  );
  if (!card) return;
  const last = lastPart(view(card).text);
  const text = shortened(`${last.text}\n\n${how}`, maxTextLength);
  editCard(transaction, card, { ...last, text }, noButtons);
}

const noButtons = { inline_keyboard: [] };

/** What the message with the buttons shows of a text that takes several. */
function lastPart(text: FormattedText): FormattedText {
  return cardParts(text).at(-1) ?? text;
}

function view(card: CardRow): { text: FormattedText; choices: Choice[] } {
  if (card.kind === "permission") {
    const request = JSON.parse(card.request) as PermissionRequest;
    return { text: permissionText(card.agent, request), choices: permissionChoices };
  }
  const chosen = chosenOf(card);
  const question = questionsOf(card)[chosen.length - 1];
  if (!question) return { text: { text: `${card.agent} asks.`, entities: [] }, choices: [] };
  const labels = chosen.at(-1) ?? [];
  return {
    text: questionText(card.agent, question, labels),
    choices: questionChoices(question, labels),
  };
}

function editCard(
  transaction: Transaction,
  card: CardRow,
  text: FormattedText,
  replyMarkup: object,
): void {
  const [chatId] = card.conversation.split(":");
  owe(transaction, {
    lane: card.conversation,
    method: "editMessageText",
    payload: {
      chat_id: Number(chatId),
      message_of: card.outbox_id,
      ...text,
      link_preview_options: { is_disabled: true },
      reply_markup: replyMarkup,
    },
  });
}

function keyboard(transaction: Transaction, requestId: string, choices: Choice[]) {
  const buttons = choices.map(({ label, action }) => {
    const key = randomBytes(18).toString("base64url");
    transaction.run(
      "INSERT INTO card_keys (key, request_id, action) VALUES (?, ?, ?)",
      key,
      requestId,
      JSON.stringify(action),
    );
    // Telegram refuses a button without a visible label, and the card with it.
    return [{ text: label.toWellFormed().trim() || "(no label)", callback_data: key }];
  });
  return { inline_keyboard: buttons };
}
