import type { MessageEntity } from "grammy/types";
import type { Piece, SentPiece } from "../chat/pieces.ts";
import type { Transaction } from "../store/store.ts";

// A prompt may be made of several messages: a comment and what was forwarded with it, a text that a client has
// split, an album. Each of them is kept until the prompt is pruned, so that the prompt can be rebuilt.

/** A message of a prompt, as it is kept. */
export interface KeptMessage extends SentPiece {
  updateId: number;
  /** Telegram's, in the conversation. */
  messageId: number;
  /** When it was taken in; milliseconds since the epoch. */
  takenAt: number;
  /** Which album it is part of (Bot API, Message.media_group_id). */
  album: string | undefined;
}

interface MessageRow {
  update_id: number;
  message_id: number;
  sent_at: number;
  taken_at: number;
  album: string | null;
  kind: Piece["kind"];
  head: string;
  text: string;
  entities: string | null;
}

/** Keeps a message of a prompt, once for its update; false if it was kept before. */
export async function keepMessage(
  transaction: Transaction,
  promptId: number,
  message: KeptMessage & { conversation: string },
): Promise<boolean> {
  const { changes } = await transaction.run(
    `INSERT INTO prompt_messages
       (update_id, prompt_id, conversation, message_id, sent_at, taken_at, album, kind, head, text, entities)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    message.updateId,
    promptId,
    message.conversation,
    message.messageId,
    message.sentAt,
    message.takenAt,
    message.album ?? null,
    message.kind,
    message.head,
    message.text,
    entitiesOf(message),
  );
  return changes === 1;
}

/** Whether the message of an update became part of a prompt. */
export async function isKept(transaction: Transaction, updateId: number): Promise<boolean> {
  const row = await transaction.get(
    "SELECT update_id FROM prompt_messages WHERE update_id = ?",
    updateId,
  );
  return row !== undefined;
}

/** Replaces the words of a message of a prompt. */
export async function changeMessage(
  transaction: Transaction,
  updateId: number,
  piece: Piece,
): Promise<void> {
  await transaction.run(
    "UPDATE prompt_messages SET kind = ?, head = ?, text = ?, entities = ? WHERE update_id = ?",
    piece.kind,
    piece.head,
    piece.text,
    entitiesOf(piece),
    updateId,
  );
}

function entitiesOf({ entities }: Piece): string | null {
  return entities.length === 0 ? null : JSON.stringify(entities);
}

/** The messages of a prompt in their order. */
export async function messagesOf(transaction: Transaction, id: number): Promise<KeptMessage[]> {
  const rows = await transaction.all<MessageRow>(
    "SELECT * FROM prompt_messages WHERE prompt_id = ? ORDER BY message_id, update_id",
    id,
  );
  return rows.map((row) => ({
    updateId: row.update_id,
    messageId: row.message_id,
    sentAt: row.sent_at,
    takenAt: row.taken_at,
    album: row.album ?? undefined,
    kind: row.kind,
    head: row.head,
    text: row.text,
    entities: row.entities === null ? [] : (JSON.parse(row.entities) as MessageEntity[]),
  }));
}
