import type { MessageEntity } from "grammy/types";
import { withAge } from "../chat/age.ts";
import {
  isSplitText,
  type Piece,
  type SentPiece,
  splitFrom,
  textOfPieces,
} from "../chat/pieces.ts";
import type { Transaction } from "../store/store.ts";
import type { NewPrompt, Prompt, PromptRow } from "./prompt.ts";
import { toPrompt } from "./prompt.ts";
import { addPrompt, promptSignal } from "./prompts.ts";
import { withNote } from "./reacted.ts";
import { notBegun, open } from "./states.ts";

// A prompt may be made of several messages: a comment and what was forwarded with it, a text that a client has
// split. Each of them is kept until the prompt is pruned, so that the prompt can be made anew from them.

/** A message that an operator wrote to an agent. */
export interface NewMessage extends Omit<NewPrompt, "kind" | "text"> {
  piece: Piece;
  /** When it was taken in; milliseconds since the epoch. */
  takenAt: number;
}

interface MessageRow {
  update_id: number;
  message_id: number;
  sent_at: number;
  taken_at: number;
  kind: Piece["kind"];
  head: string;
  text: string;
  entities: string | null;
}

/** A message of a prompt, as it is kept. */
export interface KeptMessage extends SentPiece {
  updateId: number;
  messageId: number;
  takenAt: number;
}

// A prompt that has grown beyond this takes no more messages; UTF-16 units.
const longestJoined = 200_000;
const secondMs = 1000;

/** Makes a message a prompt of its own; the same update makes one prompt. Whether it made one now. */
export async function addMessage(transaction: Transaction, message: NewMessage): Promise<boolean> {
  const { piece, sentAt, takenAt } = message;
  const text = withAge(textOfPieces([piece]), sentAt, takenAt);
  const id = await addPrompt(transaction, { ...message, text });
  if (id === undefined) return false;
  await keepMessage(transaction, id, message);
  return true;
}

/**
 * Adds a message to the prompt that it belongs to, if that still waits: one that was forwarded to the comment
 * that the operator wrote last, while that receives, and a part of a split text to the other parts. More may
 * follow until `receiveUntil`. Whether it was added.
 */
export async function joinMessage(transaction: Transaction, message: NewMessage): Promise<boolean> {
  const isForward = message.piece.kind === "forward";
  const prompt = await (isForward ? commentTo : restOf)(transaction, message);
  if (!prompt) return false;
  await keepMessage(transaction, prompt.id, message);
  const { receiveUntil } = message;
  if (receiveUntil !== undefined && receiveUntil > (prompt.receiveUntil ?? 0)) {
    await transaction.run(
      `UPDATE prompts SET state = 'receiving', receive_until = ? WHERE id = ? AND ${notBegun}`,
      receiveUntil,
      prompt.id,
    );
  }
  await rewritePrompt(transaction, prompt.id);
  return true;
}

/** Whether a message sent then by this operator may be the rest of a split text that waits. */
export async function continuesText(
  transaction: Transaction,
  place: Pick<NewMessage, "conversation" | "operator" | "sentAt">,
): Promise<boolean> {
  const prompts = await waitingNear(transaction, place);
  for (const { id } of prompts) {
    const last = (await messagesOf(transaction, id)).at(-1);
    if (last?.kind === "text" && last.text.length >= splitFrom) return true;
  }
  return false;
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
    kind: row.kind,
    head: row.head,
    text: row.text,
    entities: row.entities === null ? [] : (JSON.parse(row.entities) as MessageEntity[]),
  }));
}

/**
 * Makes the text of a prompt that waits anew from its messages. An attempt to deliver it as it was before
 * comes to nothing.
 */
export async function rewritePrompt(transaction: Transaction, id: number): Promise<void> {
  const messages = await messagesOf(transaction, id);
  const [first] = messages;
  if (!first) return;
  const text = withAge(textOfPieces(messages), first.sentAt, first.takenAt);
  const row = await transaction.get<PromptRow>(
    `SELECT * FROM prompts WHERE id = ? AND ${notBegun}`,
    id,
  );
  if (!row) return;
  await transaction.run(
    "UPDATE prompts SET text = ?, revision = revision + 1 WHERE id = ?",
    withNote(text, row.note),
    id,
  );
  transaction.notify(promptSignal, row.agent);
}

async function keepMessage(
  transaction: Transaction,
  promptId: number,
  { updateId, conversation, chatMessageId, sentAt, takenAt, piece }: NewMessage,
): Promise<void> {
  await transaction.run(
    `INSERT INTO prompt_messages
       (update_id, prompt_id, conversation, message_id, sent_at, taken_at, kind, head, text, entities)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    updateId,
    promptId,
    conversation,
    chatMessageId,
    sentAt,
    takenAt,
    piece.kind,
    piece.head,
    piece.text,
    piece.entities.length === 0 ? null : JSON.stringify(piece.entities),
  );
}

/** What the operator wrote to the agent last, if that still receives and may be a comment. */
async function commentTo(
  transaction: Transaction,
  { agent, conversation, operator }: NewMessage,
): Promise<Prompt | undefined> {
  const row = await transaction.get<PromptRow>(
    `SELECT * FROM prompts WHERE state = 'receiving' AND receive_until > ? AND id = (
       SELECT max(id) FROM prompts WHERE agent = ? AND conversation = ? AND operator = ? AND ${open})`,
    Date.now(),
    agent,
    conversation,
    operator,
  );
  if (!row || row.text.length >= longestJoined) return undefined;
  const messages = await messagesOf(transaction, row.id);
  return messages.some(isLong) ? undefined : toPrompt(row);
}

/** The prompt of which a text is a part, if it is one that a client has split. */
async function restOf(transaction: Transaction, message: NewMessage): Promise<Prompt | undefined> {
  const { piece, sentAt, chatMessageId: messageId, updateId } = message;
  if (piece.kind !== "text") return undefined;
  const written = { ...piece, sentAt, messageId, updateId };
  for (const prompt of await waitingNear(transaction, message)) {
    if (prompt.agent !== message.agent || prompt.text.length >= longestJoined) continue;
    const all = [...(await messagesOf(transaction, prompt.id)), written];
    if (all.length === 1) continue;
    all.sort((a, b) => a.messageId - b.messageId || a.updateId - b.updateId);
    if (isSplitText(all)) return prompt;
  }
  return undefined;
}

/** The prompts that wait and hold a message sent within a second of this one, the newest first. */
async function waitingNear(
  transaction: Transaction,
  { conversation, operator, sentAt }: Pick<NewMessage, "conversation" | "operator" | "sentAt">,
): Promise<Prompt[]> {
  const rows = await transaction.all<PromptRow>(
    `SELECT * FROM prompts WHERE ${notBegun} AND conversation = ? AND operator = ? AND kind = 'text'
       AND id IN (SELECT prompt_id FROM prompt_messages WHERE conversation = ? AND sent_at BETWEEN ? AND ?)
     ORDER BY id DESC`,
    conversation,
    operator,
    conversation,
    sentAt - secondMs,
    sentAt + secondMs,
  );
  return rows.map(toPrompt);
}

function isLong({ kind, text }: Piece): boolean {
  return kind === "text" && text.length >= splitFrom;
}
