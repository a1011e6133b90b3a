import { agentMark } from "../buttons/command-buttons.ts";
import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { ViewButton } from "./view.ts";

/** The id of the agent that a conversation talks to; undefined when there is none of its name. */
export async function boundId(
  transaction: Transaction,
  conversation: Conversation,
): Promise<string | undefined> {
  return (await agentNamed(transaction, await boundAgent(transaction, conversation)))?.id;
}

/**
 * Connects a conversation to the agent that a task has made, as its operator wanted when it talked to the
 * agent of the id `before`. Whoever has chosen another one since wants that one: whether it was connected.
 */
export async function connectIfStill(
  transaction: Transaction,
  conversation: Conversation,
  agent: string,
  before: string | undefined,
): Promise<boolean> {
  const isStill = before === undefined || (await boundId(transaction, conversation)) === before;
  if (isStill) await useConversation(transaction, conversation, agent);
  return isStill;
}

/** A button that connects its conversation to an agent. */
export async function switchButton(
  transaction: Transaction,
  name: string,
): Promise<ViewButton[][]> {
  const agent = await agentNamed(transaction, name);
  if (!agent) return [];
  const label = texts.bot.switchTo({ agent: name });
  return [[{ label, command: "switch", argument: agentMark, of: agent.id }]];
}
