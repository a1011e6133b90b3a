import type { Agent } from "../agents/agents.ts";
import { agentNamed } from "../agents/identity.ts";
import { bindButtons, type ButtonSet, dropButtons } from "../buttons/buttons.ts";
import { addCommandButton, agentMark, commandPurpose } from "../buttons/command-buttons.ts";
import { type Conversation, conversationFromKey } from "../chat/conversation.ts";
import { type Keyboard, messagePart, sayParts } from "../outbox/say.ts";
import { laneOf, setHeld } from "../prompts/lane.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/** A turn that an operator stopped. */
export interface StoppedTurn {
  agent: string;
  conversation: Conversation;
  /** How many prompts had joined the turn and are delivered again. */
  joined: number;
}

/**
 * Holds what waits after a turn that an operator stopped, until one chooses: they stopped it because something
 * went wrong, and what they wrote before that may build on it. Held, nothing is lost and there is a choice; had
 * the next prompt begun at once, there would be none. Resolves to how many prompts wait.
 */
export async function holdWaiting(transaction: Transaction, agent: string): Promise<number> {
  const { waiting, isHeld } = await laneOf(transaction, agent);
  if (waiting.length > 0 && !isHeld) await setHeld(transaction, agent, "undecided");
  return waiting.length;
}

/** Whether prompts wait for an agent. */
export async function doesWait(transaction: Transaction, agent: string): Promise<boolean> {
  return (await laneOf(transaction, agent, 1)).waiting.length > 0;
}

/** What an operator is told of a turn that was stopped, and the buttons for what waits. */
export interface StopChoice extends Choice {
  notice: string;
}

/** The buttons by which operators choose what becomes of what waits; none where nothing does. */
interface Choice {
  waiting: number;
  keyboard: Keyboard | undefined;
  set: ButtonSet;
}

/**
 * Holds what waits after a turn that was stopped, and makes the notice and the buttons by which any operator
 * of the conversation chooses, where something waits; `bindChoice` names the call that shows them.
 */
export async function stopChoice(
  transaction: Transaction,
  { agent, conversation, joined }: StoppedTurn,
): Promise<StopChoice> {
  const choice = await holdForChoice(transaction, agent, conversation);
  return { ...choice, notice: texts.turns.stoppedWith({ waiting: choice.waiting, joined }) };
}

/**
 * Holds what an agent has not begun on, and lets the operators of a conversation choose what becomes of it;
 * false where nothing waits.
 */
export async function sayNotBegun(
  transaction: Transaction,
  agent: string,
  conversation: Conversation,
): Promise<boolean> {
  const choice = await holdForChoice(transaction, agent, conversation);
  const { waiting: count, keyboard } = choice;
  if (count === 0) return false;
  const words = messagePart({ text: texts.queue.notBegun({ agent, count }), entities: [] });
  const call = await sayParts(transaction, conversation, [words], { keyboard });
  await bindChoice(transaction, choice, call);
  return true;
}

async function holdForChoice(
  transaction: Transaction,
  agent: string,
  conversation: Conversation,
): Promise<Choice> {
  const { waiting: held, isHeld } = await laneOf(transaction, agent);
  const waiting = await holdWaiting(transaction, agent);
  const known = await agentNamed(transaction, agent);
  if (!isHeld && known) await tellOthers(transaction, known, held, conversation);
  // By its id: another agent may have the name by the time this one is stopped again.
  const set = { purpose: commandPurpose, subject: `stopped ${known?.id ?? agent}` };
  // The message before it was about another turn.
  await dropButtons(transaction, set);
  if (waiting === 0) return { waiting, keyboard: undefined, set };
  const row = [];
  for (const { label, wish } of choices) {
    const named = known ? { of: known.id, argument: `--${wish} ${agentMark}` } : undefined;
    const key = await addCommandButton(transaction, {
      subject: set.subject,
      action: { command: "queue", argument: `--${wish} ${agent}`, ...named, edits: true },
      conversation: conversation.key,
      once: false,
    });
    row.push({ text: label, callback_data: key });
  }
  return { waiting, keyboard: [row], set };
}

/** Says in the other conversations whose prompts wait that they are held, with the button to continue. */
async function tellOthers(
  transaction: Transaction,
  { id, name }: Pick<Agent, "id" | "name">,
  held: Prompt[],
  { key: told }: Conversation,
): Promise<void> {
  const keys = new Set(held.map(({ conversation }) => conversation));
  keys.delete(told);
  for (const key of keys) {
    const own = held.filter(({ conversation }) => conversation === key);
    const authors = new Set(own.map(({ operator }) => operator));
    const set = { purpose: commandPurpose, subject: `held ${id} ${key}` };
    await dropButtons(transaction, set);
    const button = await addCommandButton(transaction, {
      subject: set.subject,
      action: { command: "queue", argument: `--continue ${agentMark}`, of: id, edits: true },
      conversation: key,
      operator: authors.size === 1 ? own[0]?.operator : undefined,
      once: false,
    });
    const text = texts.queue.chooseFirst({ agent: name, count: own.length });
    const keyboard = [[{ text: texts.queue.goOn, callback_data: button }]];
    const words = messagePart({ text, entities: [] });
    const call = await sayParts(transaction, conversationFromKey(key), [words], { keyboard });
    if (call !== undefined) await bindButtons(transaction, set, call);
  }
}

/** Says which call shows the buttons of a choice. */
export async function bindChoice(
  transaction: Transaction,
  { keyboard, set }: Pick<StopChoice, "keyboard" | "set">,
  outboxId: number | undefined,
): Promise<void> {
  if (keyboard && outboxId !== undefined) await bindButtons(transaction, set, outboxId);
}

/** Tells of a turn that was stopped, of which nothing else is to be shown. */
export async function sayStopped(transaction: Transaction, stopped: StoppedTurn): Promise<void> {
  const choice = await stopChoice(transaction, stopped);
  const { keyboard, notice } = choice;
  const words = messagePart({ text: notice, entities: [] });
  const last = await sayParts(transaction, stopped.conversation, [words], {
    kind: "reply",
    keyboard,
  });
  await bindChoice(transaction, choice, last);
}

// They change the buttons of the message alone: what the agent had written stays.
const choices = [
  { label: texts.queue.goOn, wish: "go-on" },
  { label: texts.queue.hold, wish: "keep-back" },
];
