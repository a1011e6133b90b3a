import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import { withAge } from "../chat/age.ts";
import { spokenText } from "../chat/message-text.ts";
import { fillPlace } from "../prompts/place.ts";
import type { NewPrompt } from "../prompts/prompt.ts";
import { addPrompt } from "../prompts/prompts.ts";
import type { Transaction } from "../store/store.ts";
import { endTranscript, type Transcript } from "./transcript-table.ts";

/** The words that become a prompt, and the operator's message that makes them one. */
export interface Sending {
  words: string;
  updateId: number;
  chatMessageId: number;
  /** Milliseconds since the epoch, whole seconds. */
  sentAt: number;
}

/** The agent that the words are for, and what kept them from being sent to it. */
interface Sent {
  agent: string;
  /** `stopped`: they keep waiting; `ended`: they were sent before, or are not wanted any more. */
  kept?: "stopped" | "ended";
  /** A place was kept for them, so the operator was told then what holds it. */
  hadPlace?: boolean;
}

/**
 * Makes what was heard, or its correction, a prompt of the agent that the conversation talks to, once, after an
 * operator has seen it.
 */
export function sendWords(
  transaction: Transaction,
  transcript: Transcript,
  { words, ...message }: Sending,
): Promise<Sent> {
  const text = spokenText(transcript.around, words);
  return sendOnce(transaction, transcript, { ...message, text });
}

/**
 * Puts what was heard into the place among the prompts that was kept for it; undefined where none was, since an
 * operator is asked first.
 */
export async function fillWithWords(
  transaction: Transaction,
  { id, updateId, around, sentAt }: Transcript,
  words: string,
): Promise<Sent | undefined> {
  const text = `${unreadNote}\n\n${spokenText(around, words)}`;
  return fill(transaction, { id, updateId }, { text: withAge(text, sentAt, Date.now()) });
}

/** Makes the recording itself a prompt, as without a speech server, in the place that was kept if there is one. */
export async function sendRecording(
  transaction: Transaction,
  transcript: Transcript,
): Promise<Sent> {
  const { updateId, chatMessageId, sentAt, around, recording } = transcript;
  const files = [recording.file];
  const text = around.without;
  const filled = await fill(transaction, transcript, { text, files });
  return (
    filled ?? sendOnce(transaction, transcript, { updateId, chatMessageId, sentAt, text, files })
  );
}

async function fill(
  transaction: Transaction,
  { id, updateId }: Pick<Transcript, "id" | "updateId">,
  content: Pick<NewPrompt, "text" | "files">,
): Promise<Sent | undefined> {
  const filled = await fillPlace(transaction, updateId, content);
  if (!filled) return undefined;
  const isSent = await endTranscript(transaction, id, filled === "ended" ? "unheard" : "sent");
  if (filled === "ended" || !isSent) return { agent: "", kept: "ended" };
  return { ...filled, hadPlace: true };
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

/** In English, since agents read it. */
const unreadNote = "Transcribed from a voice message; words may be misheard.";
