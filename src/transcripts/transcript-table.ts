import { type Conversation, conversationFromKey } from "../chat/conversation.ts";
import type { MediaFile } from "../chat/media.ts";
import type { AroundWords } from "../chat/message-text.ts";
import { messageIdOf } from "../outbox/complete-call.ts";
import type { Store, Transaction } from "../store/store.ts";

/** The signal that a recording is to be transcribed. */
export const transcriptSignal = "transcript";

/**
 * `waiting`: its words are not known yet; `shown`: the words are shown, and have no place among the prompts until an
 * operator sends them; `sent`: the words or the recording became a prompt; `unheard`: neither did.
 */
export type TranscriptState = "waiting" | "shown" | "sent" | "unheard";

/** A voice message or a video note, as Telegram describes it. */
export interface TelegramRecording {
  file: MediaFile;
  seconds: number;
}

/** A voice message that is to become text. */
export interface NewTranscript {
  updateId: number;
  conversation: Conversation;
  operator: number;
  chatMessageId: number;
  recording: TelegramRecording;
  around: AroundWords;
  /** When the operator sent it; milliseconds since the epoch. */
  sentAt: number;
}

/** A voice message, and what was heard in it. */
export interface Transcript extends NewTranscript {
  id: number;
  /** One after the other in each conversation. */
  lane: string;
  state: TranscriptState;
  words: string | undefined;
  /** The call of the message that shows the words. */
  outboxId: number | undefined;
  /** A correction was asked for, by a message of its own. */
  isAsked: boolean;
  createdAt: number;
}

interface Row {
  id: number;
  update_id: number;
  conversation: string;
  operator: number;
  chat_message_id: number;
  recording: string;
  around: string;
  sent_at: number;
  state: TranscriptState;
  words: string | null;
  outbox_id: number | null;
  asked_id: number | null;
  created_at: number;
}

/** Adds a voice message in the transaction that ends its update; the same update adds it once. */
export async function addTranscript(transaction: Transaction, added: NewTranscript): Promise<void> {
  const { changes } = await transaction.run(
    `INSERT INTO transcripts
       (update_id, conversation, operator, chat_message_id, recording, around, sent_at, state, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?) ON CONFLICT DO NOTHING`,
    added.updateId,
    added.conversation.key,
    added.operator,
    added.chatMessageId,
    JSON.stringify(added.recording),
    JSON.stringify(added.around),
    added.sentAt,
    Date.now(),
  );
  if (changes === 1) transaction.notify(transcriptSignal);
}

/** The first transcript of each conversation outside `busyLanes` whose words are not known yet. */
export async function takeTranscripts(
  store: Store,
  busyLanes: ReadonlySet<string>,
): Promise<Transcript[]> {
  const heads = await store.read((transaction) =>
    transaction.all<Row>(
      `SELECT * FROM transcripts WHERE id IN (
         SELECT min(id) FROM transcripts WHERE state = 'waiting' GROUP BY conversation) ORDER BY id`,
    ),
  );
  return heads.map(toTranscript).filter(({ lane }) => !busyLanes.has(lane));
}

/** A voice message as it is now. */
export async function transcriptOf(
  transaction: Transaction,
  id: number,
): Promise<Transcript | undefined> {
  const row = await transaction.get<Row>("SELECT * FROM transcripts WHERE id = ?", id);
  return row && toTranscript(row);
}

/** Records the words that were heard; false when the transcript had ended meanwhile. */
export async function markShown(
  transaction: Transaction,
  id: number,
  words: string,
): Promise<boolean> {
  const { changes } = await transaction.run(
    "UPDATE transcripts SET state = 'shown', words = ? WHERE id = ? AND state = 'waiting'",
    words,
    id,
  );
  return changes === 1;
}

/** Records which call makes the message that shows the words, or, with `asked`, that asks for a correction. */
export async function recordMessage(
  transaction: Transaction,
  id: number,
  outboxId: number,
  which: "shown" | "asked",
): Promise<void> {
  const sql =
    which === "shown"
      ? "UPDATE transcripts SET outbox_id = ? WHERE id = ?"
      : "UPDATE transcripts SET asked_id = ? WHERE id = ?";
  await transaction.run(sql, outboxId, id);
}

/**
 * Gives a voice message what its edit has around the words; `late` where they were sent with other words around
 * them. Undefined for what is no voice message whose words are known or waited for.
 */
export async function changeAround(
  transaction: Transaction,
  { key }: Pick<Conversation, "key">,
  messageId: number,
  around: AroundWords,
): Promise<"done" | "late" | undefined> {
  const row = await transaction.get<Pick<Row, "id" | "state" | "around">>(
    `SELECT id, state, around FROM transcripts
     WHERE conversation = ? AND chat_message_id = ? AND state != 'unheard'`,
    key,
    messageId,
  );
  if (!row) return undefined;
  const changed = JSON.stringify(around);
  if (row.around === changed) return "done";
  if (row.state === "sent") return "late";
  await transaction.run("UPDATE transcripts SET around = ? WHERE id = ?", changed, row.id);
  return "done";
}

/** Ends an open one; false when it had ended before, so that its words become a prompt only once. */
export async function endTranscript(
  transaction: Transaction,
  id: number,
  state: "sent" | "unheard",
): Promise<boolean> {
  const { changes } = await transaction.run(
    "UPDATE transcripts SET state = ? WHERE id = ? AND state IN ('waiting', 'shown')",
    state,
    id,
  );
  return changes === 1;
}

/** The shown transcript whose words, or whose request for a correction, a message of its operator replies to. */
export async function answeredTranscript(
  transaction: Transaction,
  { key }: Pick<Conversation, "key">,
  { operator, messageId }: { operator: number; messageId: number },
): Promise<Transcript | undefined> {
  const rows = await transaction.all<Row>(
    "SELECT * FROM transcripts WHERE conversation = ? AND operator = ? AND state = 'shown'",
    key,
    operator,
  );
  for (const row of rows) {
    for (const call of [row.outbox_id, row.asked_id]) {
      const shownAs = call === null ? undefined : await messageIdOf(transaction, call);
      if (shownAs === messageId) return toTranscript(row);
    }
  }
  return undefined;
}

/** Ends the open ones that `isUnwanted` selects without transcribing or reporting them; resolves to their number. */
export async function dropTranscripts(
  transaction: Transaction,
  isUnwanted: (transcript: Transcript) => boolean,
): Promise<number> {
  const rows = await transaction.all<Row>(
    "SELECT * FROM transcripts WHERE state IN ('waiting', 'shown')",
  );
  const unwanted = rows.map(toTranscript).filter(isUnwanted);
  for (const { id } of unwanted) await endTranscript(transaction, id, "unheard");
  return unwanted.length;
}

/** Gives the voice messages of a conversation its new key. */
export async function moveTranscripts(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  await transaction.run("UPDATE transcripts SET conversation = ? WHERE conversation = ?", to, from);
}

/** Removes old ones, also those that nobody sent; see `PruneStep`. */
export async function pruneTranscripts(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM transcripts WHERE id IN (
       SELECT id FROM transcripts WHERE state != 'waiting' AND created_at < ? LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}

function toTranscript(row: Row): Transcript {
  return {
    id: row.id,
    lane: row.conversation,
    updateId: row.update_id,
    conversation: conversationFromKey(row.conversation),
    operator: row.operator,
    chatMessageId: row.chat_message_id,
    recording: JSON.parse(row.recording) as TelegramRecording,
    around: JSON.parse(row.around) as AroundWords,
    sentAt: row.sent_at,
    state: row.state,
    words: row.words ?? undefined,
    outboxId: row.outbox_id ?? undefined,
    isAsked: row.asked_id !== null,
    createdAt: row.created_at,
  };
}
