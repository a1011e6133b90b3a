import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import { withAge } from "../chat/age.ts";
import { spokenText } from "../chat/message-text.ts";
import { addPrompt } from "../prompts/prompts.ts";
import type { Transaction } from "../store/store.ts";
import { endTranscript, type Transcript } from "./transcript-table.ts";

/** Which message of the operator makes the words a prompt, and what they are then. */
export interface Sending {
  words: string;
  updateId: number;
  chatMessageId: number;
  /** Milliseconds since the epoch, whole seconds. */
  sentAt: number;
  /** Nobody has read the words before the agent does. */
  isUnread?: boolean;
}

/**
 * Makes what was heard, or its correction, a prompt of the agent that the conversation talks to, once. Resolves to
 * that agent, and to what kept it from it: `stopped`, where the words wait on, or `ended`.
 */
export async function sendWords(
  transaction: Transaction,
  { id, conversation, operator, around }: Transcript,
  { words, isUnread, ...message }: Sending,
): Promise<{ agent: string; kept?: "stopped" | "ended" }> {
  const agent = await boundAgent(transaction, conversation);
  const bound = await agentNamed(transaction, agent);
  if (bound?.state !== "active") return { agent, kept: "stopped" };
  if (!(await endTranscript(transaction, id, "sent"))) return { agent, kept: "ended" };
  const text = spokenText(around, words);
  await useConversation(transaction, conversation);
  await addPrompt(transaction, {
    ...message,
    agent,
    conversation: conversation.key,
    operator,
    text: withAge(isUnread ? `${unreadNote}\n\n${text}` : text, message.sentAt, Date.now()),
  });
  return { agent };
}

/** Agents read it, so that it is in English. */
const unreadNote = "Transcribed from a voice message; words may be misheard.";
