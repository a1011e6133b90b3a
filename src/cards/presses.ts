import { isActive } from "../agents/agents.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { onOneLine } from "../chat/hidden.ts";
import { messageIdOf } from "../outbox/complete-call.ts";
import { answerPress } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { type Action, type Answer, type Card, questionsOf } from "./card.ts";
import { consumeKeys, findKey, recordAnswer, recordChosen } from "./card-table.ts";
import { redrawCard, showNext } from "./card-view.ts";
import { endingOf, inWords } from "./cards.ts";

/** A press of a button, as Telegram reports it. */
export interface Press {
  queryId: string;
  key: string;
  operator: number;
  /** Key of the conversation, and the message, that it was pressed in. */
  conversation: string;
  messageId: number | undefined;
}

/** What whoever may not decide a card hears. */
export const anotherOperator = "This card is for another operator.";

/**
 * Acts on a press of a card's button in the transaction that ends its update, and answers it. A
 * button works once, in its own conversation and, where an operator's prompt made the agent ask, for
 * that operator only.
 */
export async function pressCard(transaction: Transaction, press: Press): Promise<void> {
  await answerPress(transaction, press.queryId, await act(transaction, press));
}

async function act(transaction: Transaction, press: Press): Promise<string> {
  const pressed = await findKey(transaction, press.key);
  const stopped = pressed && (await stoppedWords(transaction, pressed.card));
  if (stopped !== undefined) return stopped;
  if (pressed?.card.state !== "open" || pressed.isUsed) return "This button no longer works.";
  const { card, action } = pressed;
  if (!(await isHere(transaction, card, press))) return "This card is in another conversation.";
  if (card.operator !== undefined && card.operator !== press.operator) return anotherOperator;
  await consumeKeys(transaction, card, press.operator);
  return apply(transaction, card, action);
}

/** What whoever decides a card hears when its agent was stopped first; undefined when it was not. */
export async function stoppedWords(
  transaction: Transaction,
  { agent, answer }: Card,
): Promise<string | undefined> {
  if (answer !== undefined || (await isActive(transaction, agent))) return undefined;
  return `Not decided: ${agent} is stopped.`;
}

/** Telegram sends a card to the chat at large when its topic is gone: there its own message counts. */
async function isHere(
  transaction: Transaction,
  { conversation, outboxId }: Card,
  press: Press,
): Promise<boolean> {
  if (conversation === press.conversation) return true;
  const chat = (key: string) => conversationFromKey(key).chatId;
  if (chat(conversation) !== chat(press.conversation)) return false;
  return (
    press.messageId !== undefined && (await messageIdOf(transaction, outboxId)) === press.messageId
  );
}

async function apply(transaction: Transaction, card: Card, action: Action): Promise<string> {
  const { chosen } = card;
  const current = chosen.at(-1) ?? [];
  switch (action.type) {
    case "permission":
      return decide(transaction, card, { kind: "permission", reply: action.reply });
    case "dismiss":
      return decide(transaction, card, { kind: "dismissal" });
    case "toggle": {
      const toggled = current.includes(action.label)
        ? current.filter((label) => label !== action.label)
        : [...current, action.label];
      await redraw(transaction, card, [...chosen.slice(0, -1), toggled]);
      return onOneLine(action.label);
    }
    case "choose":
      return next(transaction, card, [...chosen.slice(0, -1), [action.label]]);
    case "submit":
      if (current.length > 0) return next(transaction, card, chosen);
      await redraw(transaction, card, chosen);
      return "Choose at least one, or Dismiss.";
  }
}

/** Goes on to the next question of the request, or decides it after the last. */
export async function next(
  transaction: Transaction,
  card: Card,
  chosen: string[][],
): Promise<string> {
  const isLast = chosen.length >= questionsOf(card).length;
  if (isLast) return decide(transaction, card, { kind: "question", answers: chosen });
  await showNext(transaction, await recordChosen(transaction, card, [...chosen, []]));
  return inWords(chosen.at(-1) ?? []);
}

async function redraw(transaction: Transaction, card: Card, chosen: string[][]): Promise<void> {
  await redrawCard(transaction, await recordChosen(transaction, card, chosen));
}

/** Records how a card was decided; resolves to the words for it. */
export async function decide(
  transaction: Transaction,
  card: Card,
  answer: Answer,
): Promise<string> {
  await recordAnswer(transaction, card, answer);
  return endingOf(answer);
}
