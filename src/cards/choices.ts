import { onOneLine } from "../chat/hidden.ts";
import { shortened } from "../chat/formatted-text.ts";
import type { QuestionInfo } from "../opencode/client.ts";
import { texts } from "../texts/texts.ts";
import { type Action, type Card, questionsOf } from "./card.ts";

/** One button of a card: what it says and what pressing it means. */
export interface Choice {
  label: string;
  action: Action;
  /** It declines: harmless even where not all is shown. */
  isDecline?: boolean;
}

// Telegram takes 100 buttons; the rest is for Done, Dismiss and a margin.
const maxOptions = 90;
const maxLabelLength = 60;

const { buttons } = texts.cards;
const permissionChoices: Choice[] = [
  { label: buttons.once, action: { type: "permission", reply: "once" } },
  { label: buttons.always, action: { type: "permission", reply: "always" } },
  { label: buttons.reject, action: { type: "permission", reply: "reject" }, isDecline: true },
];

/** The buttons of a card as it is now. Every question can be dismissed, so none can block its agent. */
export function choicesOf(card: Card): Choice[] {
  if (card.asked.kind === "permission") return permissionChoices;
  const question = questionsOf(card)[card.chosen.length - 1];
  const options = question ? optionChoices(question, card.chosen.at(-1) ?? []) : [];
  return [...options, { label: buttons.dismiss, action: { type: "dismiss" }, isDecline: true }];
}

/**
 * The same with the shortest labels, for a keyboard that Telegram refuses: the options by their
 * numbers.
 */
export function plainest(choices: Choice[]): Choice[] {
  return choices.map((choice, index) => {
    const isOption = choice.action.type === "choose" || choice.action.type === "toggle";
    return isOption ? { ...choice, label: `${index + 1}` } : choice;
  });
}

function optionChoices({ options, multiple }: QuestionInfo, chosen: string[]): Choice[] {
  const shown = options.slice(0, maxOptions);
  const labels = shown.map(({ label }) => buttonLabel(label));
  // Two that look the same, or were cut, are told apart by their numbers in the text.
  const isClear =
    new Set(labels).size === labels.length && labels.every((one) => !one.endsWith("…"));
  const choices = shown.map(({ label }, index): Choice => {
    const text = isClear ? labels[index] : `${index + 1}. ${labels[index]}`;
    if (!multiple) return { label: `${text}`, action: { type: "choose", label } };
    const mark = chosen.includes(label) ? "☑ " : "";
    return { label: `${mark}${text}`, action: { type: "toggle", label } };
  });
  return multiple ? [...choices, { label: buttons.done, action: { type: "submit" } }] : choices;
}

/** Telegram refuses a button without a visible label, and the card with it. */
function buttonLabel(label: string): string {
  return shortened(onOneLine(label).trim(), maxLabelLength) || buttons.noLabel;
}
