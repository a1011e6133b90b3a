import { consumeButtons } from "../buttons/buttons.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { type Answer, buttonsOf, type Card, questionsOf } from "./card.ts";
import { findNumbered } from "./card-table.ts";
import { decideHint } from "./card-text.ts";
import { decide, next, stoppedWords } from "./presses.ts";

/** What an operator wrote about a card. */
export interface WrittenDecision {
  /** The card's number. */
  number: number;
  words: string;
  operator: number;
  /** Key of the conversation it was written in. */
  conversation: string;
}

const replies: Record<string, Extract<Answer, { kind: "permission" }>["reply"]> = {
  allow: "once",
  always: "always",
  reject: "reject",
};

/**
 * Decides a card without its buttons, by the same rules: in its own conversation, by its own operator,
 * once. Resolves to what the operator is told.
 */
export async function decideCard(
  transaction: Transaction,
  { number, words, operator, conversation }: WrittenDecision,
): Promise<string> {
  const card = await findNumbered(transaction, number, conversation);
  const stopped = card && (await stoppedWords(transaction, card));
  if (stopped !== undefined) return stopped;
  if (card?.state !== "open") return texts.cards.noneOpen({ number });
  if (card.operator !== undefined && card.operator !== operator)
    return texts.cards.forOtherOperator;
  const apply = meaningOf(card, words);
  if (!apply) return texts.cards.notUnderstood({ decide: decideHint(card) });
  await consumeButtons(transaction, buttonsOf(card), operator);
  return texts.cards.decided({ number, ending: await apply(transaction) });
}

function meaningOf(
  card: Card,
  words: string,
): ((transaction: Transaction) => Promise<string>) | undefined {
  const reply = replies[words.toLowerCase()];
  if (card.asked.kind === "permission") {
    return reply && ((transaction) => decide(transaction, card, { kind: "permission", reply }));
  }
  const labels = labelsOf(card, words);
  if (labels) {
    return (transaction) => next(transaction, card, [...card.chosen.slice(0, -1), labels]);
  }
  if (reply !== "reject") return undefined;
  return (transaction) => decide(transaction, card, { kind: "dismissal" });
}

/** The options that an operator named by their words or numbers; several only where several may be. */
function labelsOf(card: Card, words: string): string[] | undefined {
  const question = questionsOf(card)[card.chosen.length - 1];
  if (!question) return undefined;
  const named = (word: string) =>
    question.options.find(({ label }) => label === word) ??
    question.options.find(({ label }) => label.toLowerCase() === word.toLowerCase()) ??
    (/^\d{1,4}$/.test(word) ? question.options[Number(word) - 1] : undefined);
  const one = named(words);
  if (one) return [one.label];
  if (!question.multiple) return undefined;
  const several = words.split(",").map((word) => named(word.trim()));
  const labels = several.flatMap((option) => option?.label ?? []);
  return labels.length === several.length ? [...new Set(labels)] : undefined;
}
