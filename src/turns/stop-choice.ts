import { bindButtons, dropButtons } from "../buttons/buttons.ts";
import { addCommandButton, commandPurpose } from "../buttons/command-buttons.ts";
import type { Conversation } from "../chat/conversation.ts";
import { sayWithButtons } from "../outbox/say.ts";
import { laneOf, setHeld } from "../prompts/lane.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/** A turn that an operator stopped. */
export interface StoppedTurn {
  agent: string;
  conversation: Conversation;
  /** The only user who may choose; any operator of the conversation when undefined. */
  operator: number | undefined;
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

/**
 * Ends what an operator is told of a turn that was stopped: `wordsOf` puts what the agent had written before
 * the words for that. What waits is held, and where something does, buttons let the operator choose.
 */
export async function sayStopped(
  transaction: Transaction,
  { agent, conversation, operator, joined }: StoppedTurn,
  wordsOf: (stopped: string) => string,
): Promise<void> {
  const waiting = await holdWaiting(transaction, agent);
  const words = wordsOf(texts.turns.stoppedWith({ waiting, joined }));
  // The message before it was about another turn.
  const group = { purpose: commandPurpose, subject: `stopped ${agent}` };
  await dropButtons(transaction, group);
  const buttons = waiting > 0 ? choices : [];
  const row = [];
  for (const { label, wish } of buttons) {
    const key = await addCommandButton(transaction, {
      subject: group.subject,
      action: { command: "queue", argument: `--${wish} ${agent}`, edits: true },
      conversation: conversation.key,
      ...(operator !== undefined && { operator }),
      once: false,
    });
    row.push({ text: label, callback_data: key });
  }
  const keyboard = row.length > 0 ? [row] : undefined;
  const kind = { kind: "reply" } as const;
  const last = await sayWithButtons(transaction, conversation, words, kind, keyboard);
  if (keyboard && last !== undefined) await bindButtons(transaction, group, last);
}

// They change the buttons of the message alone: what the agent had written stays.
const choices = [
  { label: texts.queue.goOn, wish: "go-on" },
  { label: texts.queue.hold, wish: "keep-back" },
];
