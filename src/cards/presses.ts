import { isActive } from "../agents/agents.ts";
import { consumeButtons } from "../buttons/buttons.ts";
import { findPressed, type Press } from "../buttons/find-pressed.ts";
import { onOneLine } from "../chat/hidden.ts";
import { answerPress } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import {
  type Action,
  type Answer,
  buttonsOf,
  type Card,
  cardPurpose,
  questionsOf,
} from "./card.ts";
import { findCard, recordAnswer, recordChosen } from "./card-table.ts";
import { redrawCard, showNext } from "./card-view.ts";
import { endingOf, inWords } from "./cards.ts";

/**
 * Acts on a press of a card's button in the transaction that ends its update, and answers it. A
 * button works once, in its own conversation and, where an operator's prompt made the agent ask, for
 * that operator only.
 */
export async function pressCard(transaction: Transaction, press: Press): Promise<void> {
  await answerPress(transaction, press.queryId, await act(transaction, press));
}

async function act(transaction: Transaction, press: Press): Promise<string> {
  const pressed = await findPressed(transaction, press);
  if ("refusal" in pressed) return pressed.refusal;
  const { purpose, subject, action } = pressed.button;
  const card = purpose === cardPurpose ? await findCard(transaction, subject) : undefined;
  if (card?.state !== "open") return texts.buttons.spent;
  await consumeButtons(transaction, buttonsOf(card), press.operator);
  return apply(transaction, card, action as Action);
}

/** What whoever decides a card hears when its agent was stopped first; undefined when it was not. */
export async function stoppedWords(
  transaction: Transaction,
  { agent, answer }: Card,
): Promise<string | undefined> {
  if (answer !== undefined || (await isActive(transaction, agent))) return undefined;
  return texts.cards.agentStopped({ agent });
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
      return texts.cards.chooseOne;
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
