import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import { withAge } from "../chat/age.ts";
import { spokenText } from "../chat/message-text.ts";
import type { NewPrompt } from "../prompts/prompt.ts";
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
export function sendWords(
  transaction: Transaction,
  transcript: Transcript,
  { words, isUnread, ...message }: Sending,
): Promise<Sent> {
  const text = spokenText(transcript.around, words);
  const marked = isUnread ? `${unreadNote}\n\n${text}` : text;
  return sendOnce(transaction, transcript, { ...message, text: marked });
}

/** Makes the recording itself a prompt, as where nothing hears it. */
export function sendRecording(transaction: Transaction, transcript: Transcript): Promise<Sent> {
  const { updateId, chatMessageId, sentAt, around, recording } = transcript;
  const message = { updateId, chatMessageId, sentAt };
  const files = [recording.file];
  return sendOnce(transaction, transcript, { ...message, text: around.without, files });
}

/** The agent that the conversation talks to, and what kept the words from being sent to it. */
interface Sent {
  agent: string;
  kept?: "stopped" | "ended";
}

async function sendOnce(
  transaction: Transaction,
  { id, conversation, operator }: Transcript,
  { text, ...message }: Pick<NewPrompt, "updateId" | "chatMessageId" | "sentAt" | "text" | "files">,
): Promise<Sent> {
  const agent = await boundAgent(transaction, conversation);
  const bound = await agentNamed(transaction, agent);
  if (bound?.state !== "active") return { agent, kept: "stopped" };
  if (!(await endTranscript(transaction, id, "sent"))) return { agent, kept: "ended" };
  await useConversation(transaction, conversation);
  await addPrompt(transaction, {
    ...message,
    agent,
    conversation: conversation.key,
    operator,
    text: withAge(text, message.sentAt, Date.now()),
  });
  return { agent };
}

/** Agents read it, so that it is in English. */
const unreadNote = "Transcribed from a voice message; words may be misheard.";
