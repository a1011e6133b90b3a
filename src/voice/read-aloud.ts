import { chatSettings } from "../chat-settings/chat-settings.ts";
import { type Conversation, conversationFromKey } from "../chat/conversation.ts";
import type { FormattedText } from "../chat/formatted-text.ts";
import { callState } from "../outbox/complete-call.ts";
import type { Speech } from "../outbox/speech.ts";
import type { Store, Transaction } from "../store/store.ts";
import { wordsToRead } from "./words-to-read.ts";

/** The signal that an answer is to be read aloud. */
export const readAloudSignal = "reading";

/** Words of an agent that are to be read aloud, once their text was sent. */
export interface ToRead {
  id: number;
  /** One after the other in each conversation. */
  lane: string;
  conversation: Conversation;
  words: string;
  /** Whose words they are; they answer the message with their text. */
  speech: Speech;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

interface Row {
  id: number;
  conversation: string;
  words: string;
  speech: string;
  outbox_id: number;
  created_at: number;
}

// Further answers come as text only.
const mostWaiting = 20;

/**
 * Has an agent's words read aloud where `/voice on` was chosen. Call it in the transaction that enqueues their text;
 * `outboxId` is the call of its last part.
 */
export async function readAloud(
  transaction: Transaction,
  conversation: Conversation,
  { messages, speech, outboxId }: { messages: FormattedText[]; speech: Speech; outboxId: number },
): Promise<void> {
  const { voice } = await chatSettings(transaction, conversation);
  const words = voice ? wordsToRead(messages) : "";
  if (words === "") return;
  const row = await transaction.get<{ n: number }>(
    "SELECT count(*) AS n FROM read_aloud WHERE conversation = ?",
    conversation.key,
  );
  if ((row?.n ?? 0) >= mostWaiting) return;
  const { agent, session } = speech;
  await transaction.run(
    `INSERT INTO read_aloud (conversation, words, speech, outbox_id, created_at)
     VALUES (?, ?, ?, ?, ?)`,
    conversation.key,
    words,
    JSON.stringify({ agent, session }),
    outboxId,
    Date.now(),
  );
  transaction.notify(readAloudSignal);
}

/**
 * The first answer of each conversation outside `busyLanes` whose text was sent. Answers whose text was given up are
 * dropped.
 */
export async function takeToRead(store: Store, busyLanes: ReadonlySet<string>): Promise<ToRead[]> {
  const { ready, lost } = await store.read(async (transaction) => {
    const rows = await transaction.all<Row>("SELECT * FROM read_aloud ORDER BY id");
    const first = new Map<string, ToRead>();
    const gone: number[] = [];
    for (const row of rows) {
      const { conversation } = row;
      if (busyLanes.has(conversation) || first.has(conversation)) continue;
      const text = await callState(transaction, row.outbox_id);
      if (text?.state === "sent") first.set(conversation, toRead(row, text.messageId));
      else if (!text || text.state === "failed") gone.push(row.id);
    }
    return { ready: [...first.values()], lost: gone };
  });
  if (lost.length > 0) {
    await store.write(async (transaction) => {
      for (const id of lost) await endReading(transaction, id);
    });
  }
  return ready;
}

/** Ends the reading of an answer, done or not; false when it had ended. */
export async function endReading(transaction: Transaction, id: number): Promise<boolean> {
  const { changes } = await transaction.run("DELETE FROM read_aloud WHERE id = ?", id);
  return changes === 1;
}

/** Drops what is to be read aloud in the chats that `isUnwanted` selects. */
export async function dropReadings(
  transaction: Transaction,
  isUnwanted: (chatId: number) => boolean,
): Promise<void> {
  const rows = await transaction.all<Row>("SELECT * FROM read_aloud");
  for (const { id, conversation } of rows) {
    if (isUnwanted(conversationFromKey(conversation).chatId)) await endReading(transaction, id);
  }
}

/** Gives what is to be read in a conversation its new key. */
export async function moveReadings(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  await transaction.run("UPDATE read_aloud SET conversation = ? WHERE conversation = ?", to, from);
}

function toRead(row: Row, messageId: number | undefined): ToRead {
  const speech = JSON.parse(row.speech) as Speech;
  return {
    id: row.id,
    lane: row.conversation,
    conversation: conversationFromKey(row.conversation),
    words: row.words,
    speech: { ...speech, answers: messageId },
    createdAt: row.created_at,
  };
}
