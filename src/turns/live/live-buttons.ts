import { agentNamed } from "../../agents/identity.ts";
import { bindButtons, type ButtonSet, dropButtons, keysOf } from "../../buttons/buttons.ts";
import {
  addCommandButton,
  agentMark,
  type CommandAction,
  commandPurpose,
} from "../../buttons/command-buttons.ts";
import type { Keyboard } from "../../outbox/say.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";

/** The keyboard of a message, as the Bot API takes it (`reply_markup`). */
export interface ReplyMarkup {
  inline_keyboard: Keyboard;
}

/** Whose turn a live message shows. */
export interface Shown {
  promptId: number;
  agent: string;
  /** Key of the conversation. */
  conversation: string;
}

/**
 * The keyboard that stops a turn: this one, and none that comes after it. Any operator of the conversation may
 * press it, whoever wrote the prompt.
 */
export async function addStopButton(transaction: Transaction, shown: Shown): Promise<ReplyMarkup> {
  const { agent, promptId } = shown;
  const of = (await agentNamed(transaction, agent))?.id;
  const named = of === undefined ? agent : agentMark;
  const action = { command: "abort", argument: `${named} --turn ${promptId}`, ...(of && { of }) };
  return stopKeyboard(await add(transaction, shown, action));
}

/** The same keyboard again, after a restart; undefined when its button is gone. */
export async function shownStopButton(
  transaction: Transaction,
  promptId: number,
): Promise<ReplyMarkup | undefined> {
  const [key] = await keysOf(transaction, setOf(promptId));
  return key === undefined ? undefined : stopKeyboard(key);
}

/** Replaces the buttons of a live message by those of its end; undefined when there are none. */
export async function replaceByEndButtons(
  transaction: Transaction,
  shown: Shown,
  { hasDiff, hasTodos }: { hasDiff: boolean; hasTodos: boolean },
): Promise<ReplyMarkup | undefined> {
  await dropButtons(transaction, setOf(shown.promptId));
  const wanted = [
    ...(hasDiff ? [{ text: texts.live.diff, command: "diff" }] : []),
    ...(hasTodos ? [{ text: texts.live.todo, command: "todo" }] : []),
  ];
  const agent = (await agentNamed(transaction, shown.agent))?.id;
  if (wanted.length === 0 || agent === undefined) return undefined;
  const row = [];
  for (const { text, command } of wanted) {
    // They are about the agent that is talked to, so they do nothing once that is another one.
    const action = { command, argument: "", agent };
    row.push({ text, callback_data: await add(transaction, shown, action) });
  }
  return { inline_keyboard: [row] };
}

/** Says which outbox call has made the message that shows the buttons. */
export async function bindLiveButtons(
  transaction: Transaction,
  promptId: number,
  outboxId: number,
): Promise<void> {
  await bindButtons(transaction, setOf(promptId), outboxId);
}

function add(
  transaction: Transaction,
  { promptId, conversation }: Shown,
  action: CommandAction,
): Promise<string> {
  // The live message stays when one is pressed, so none is used up.
  return addCommandButton(transaction, {
    subject: setOf(promptId).subject,
    action,
    conversation,
    once: false,
  });
}

function setOf(promptId: number): ButtonSet {
  return { purpose: commandPurpose, subject: `live ${promptId}` };
}

function stopKeyboard(key: string): ReplyMarkup {
  return { inline_keyboard: [[{ text: texts.live.stop, callback_data: key }]] };
}
