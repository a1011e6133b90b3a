import { randomUUID } from "node:crypto";
import { addButton, bindButtons, type ButtonSet } from "../buttons/buttons.ts";
import { shortened } from "../chat/formatted-text.ts";
import { onOneLine } from "../chat/hidden.ts";
import { isVisible } from "../chat/visible.ts";
import { Refusal } from "../errors.ts";
import type { Speech } from "../outbox/speech.ts";
import type { Transaction } from "../store/store.ts";

/** The purpose of buttons that an agent adds to its words; see `ChoiceAction`. */
export const choicePurpose = "choice";

/** The action of such a button: its words become a prompt to the agent that said them. */
export interface ChoiceAction {
  label: string;
  /** What the agent was called then, and its session: another one of its name gets nothing. */
  agent: string;
  session: string | undefined;
  /** Its id, which counts where its session is not known. */
  id?: string | undefined;
}

/** Whose buttons they are, and where they are shown. */
export interface ChoicePlace extends Pick<Speech, "agent" | "id" | "operator" | "session"> {
  conversation: string;
}

/** Most buttons of one reply, and most UTF-16 units of each. */
export const choiceLimits = { count: 8, length: 64 };

// The agent chooses the words, so the mark tells its buttons from those of Switchboard: no card has it.
const mark = "💬 ";
const chosenMark = `${mark}✓ `;
// About as much as a phone shows side by side.
const rowLength = 28;
const rowCount = 3;

/** @throws Refusal 400 for buttons that no reply may have */
export function requireChoices(labels: readonly string[]): void {
  const { count, length } = choiceLimits;
  if (labels.length === 0 || labels.length > count) {
    throw new Refusal(400, `A message has 1 to ${count} buttons.`);
  }
  const isTooLong = labels.some((label) => label.length > length);
  if (isTooLong) throw new Refusal(400, `A button has at most ${length} characters.`);
  if (!labels.every(isVisible)) throw new Refusal(400, "A button has no words on it.");
  if (new Set(labels).size < labels.length) {
    throw new Refusal(400, "Two buttons have the same words.");
  }
}

interface InlineButton {
  text: string;
  callback_data: string;
}

/** Buttons that were stored for a message that is about to be added. */
export interface Choices {
  set: ButtonSet;
  keyboard: InlineButton[][];
}

/** Stores the buttons of a reply; `bindChoices` names the call that shows them. */
export async function addChoices(
  transaction: Transaction,
  labels: readonly string[],
  { agent, session, id, conversation, operator }: ChoicePlace,
): Promise<Choices> {
  const set = { purpose: choicePurpose, subject: randomUUID() };
  const keyboard: InlineButton[][] = [];
  let room = 0;
  for (const label of labels) {
    const action: ChoiceAction = { label, agent, session, id };
    const button = { ...set, action, conversation, operator, once: true };
    const key = await addButton(transaction, button);
    const text = `${mark}${wordsOf(label)}`;
    const row = keyboard.at(-1);
    room -= text.length;
    if (row && room >= 0 && row.length < rowCount) row.push({ text, callback_data: key });
    else {
      keyboard.push([{ text, callback_data: key }]);
      room = rowLength - text.length;
    }
  }
  return { set, keyboard };
}

/** Says which call makes the message that shows the buttons. */
export async function bindChoices(
  transaction: Transaction,
  { set }: Choices,
  outboxId: number,
): Promise<void> {
  await bindButtons(transaction, set, outboxId);
}

/** The button that stands in place of the others once it was pressed. */
export function chosenButton(label: string, key: string): InlineButton {
  return { text: `${chosenMark}${wordsOf(label)}`, callback_data: key };
}

/** What a button says, with nothing hidden in it. */
export function wordsOf(label: string): string {
  return shortened(onOneLine(label).trim(), choiceLimits.length);
}
