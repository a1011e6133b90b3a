import { withAge } from "../chat/age.ts";
import { isLong, isSplitText, type Piece, textOfPieces } from "../chat/pieces.ts";
import type { Transaction } from "../store/store.ts";
import { keepMessage, messagesOf } from "./message-table.ts";
import { addFiles, fileSignal, restate } from "./parts.ts";
import { type NewPrompt, type Prompt, type PromptRow, toPrompt } from "./prompt.ts";
import { addPrompt, promptSignal } from "./prompts.ts";
import { notBegun, open } from "./states.ts";

/** A message that an operator wrote to an agent. */
export interface NewMessage extends Omit<NewPrompt, "kind" | "receiveUntil" | "text"> {
  piece: Piece;
  /** Which album it is part of; none when undefined. */
  album?: string | undefined;
  /** When it was taken in; milliseconds since the epoch. */
  takenAt: number;
  /** Milliseconds from then on in which more may follow. */
  waitMs: number;
}

type Place = Pick<NewMessage, "conversation" | "operator" | "sentAt">;

// A prompt that has grown beyond this takes no more texts; UTF-16 units.
const longestJoined = 200_000;
const secondMs = 1000;
// The longest wait for an album in all, from its first message on.
const longestAlbumMs = 10_000;

/** Makes a message a prompt of its own, once for each update; false if there was one before. */
export async function addMessage(transaction: Transaction, message: NewMessage): Promise<boolean> {
  const { piece, sentAt, takenAt, waitMs } = message;
  const id = await addPrompt(transaction, {
    ...message,
    text: withAge(textOfPieces([piece]), sentAt, takenAt),
    receiveUntil: waitMs > 0 && mayGrow(message) ? takenAt + waitMs : undefined,
  });
  if (id === undefined) return false;
  await keepMessage(transaction, id, kept(message));
  return true;
}

/**
 * Adds a message to the prompt that it belongs to, if that still waits: a message of an album to the others, a part of
 * a split text to the other parts, and a forwarded message to the comment that the operator wrote last, while that
 * still receives. Resolves to whether it was added.
 */
export async function joinMessage(transaction: Transaction, message: NewMessage): Promise<boolean> {
  const prompt =
    (await albumOf(transaction, message)) ??
    (message.piece.kind === "forward"
      ? await commentTo(transaction, message)
      : await restOf(transaction, message));
  if (!prompt) return false;
  const { id, agent } = prompt;
  const { chatMessageId, files = [] } = message;
  if (!(await keepMessage(transaction, id, kept(message)))) return true;
  await addFiles(transaction, id, chatMessageId, files);
  await receiveUntil(transaction, prompt, await endOfWait(transaction, id, message));
  await restate(transaction, id);
  if (files.length > 0) transaction.notify(fileSignal, agent);
  transaction.notify(promptSignal, agent);
  return true;
}

/** Nothing follows a file alone, or a forwarded message that came without a comment. */
function mayGrow({ album, piece, files = [] }: NewMessage): boolean {
  return album !== undefined || (piece.kind !== "forward" && files.length === 0);
}

/** Whether a message sent then by this operator may be the rest of a split text that waits. */
export async function continuesText(transaction: Transaction, place: Place): Promise<boolean> {
  const prompts = await waitingNear(transaction, place);
  for (const { id } of prompts) {
    const last = (await messagesOf(transaction, id)).at(-1);
    if (last && isLong(last)) return true;
  }
  return false;
}

function kept({ piece, chatMessageId: messageId, ...message }: NewMessage) {
  return { ...message, ...piece, messageId, album: message.album };
}

/** How long more may follow a message that joins a prompt: until then, in milliseconds since the epoch. */
async function endOfWait(
  transaction: Transaction,
  id: number,
  { album, takenAt, waitMs }: NewMessage,
): Promise<number> {
  const end = takenAt + waitMs;
  if (album === undefined) return end;
  const begin = Math.min(...(await messagesOf(transaction, id)).map((one) => one.takenAt));
  return Math.min(end, begin + longestAlbumMs);
}

/** Lets a prompt that waits receive again, until then or as long as it did before; its files may be loaded. */
async function receiveUntil(
  transaction: Transaction,
  { id, receiveUntil: before = 0 }: Prompt,
  until: number,
): Promise<void> {
  await transaction.run(
    `UPDATE prompts SET state = 'receiving', receive_until = ? WHERE id = ? AND ${notBegun}`,
    Math.max(before, until),
    id,
  );
}

/** The prompt that holds other messages of an album; its conversation may talk to another agent by now. */
async function albumOf(
  transaction: Transaction,
  { conversation, operator, album }: NewMessage,
): Promise<Prompt | undefined> {
  if (album === undefined) return undefined;
  const row = await transaction.get<PromptRow>(
    `SELECT * FROM prompts WHERE ${notBegun} AND conversation = ? AND operator = ?
       AND id IN (SELECT prompt_id FROM prompt_messages WHERE conversation = ? AND album = ?)`,
    conversation,
    operator,
    conversation,
    album,
  );
  return row && toPrompt(row);
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
  const [first] = messages;
  const isComment = first && first.kind !== "forward" && first.album === undefined;
  return isComment && !messages.some(isLong) ? toPrompt(row) : undefined;
}

/** The prompt of which a text is a part, if it is one that a client has split. */
async function restOf(transaction: Transaction, message: NewMessage): Promise<Prompt | undefined> {
  if (message.piece.kind !== "text") return undefined;
  const written = kept(message);
  for (const prompt of await waitingNear(transaction, message)) {
    if (prompt.agent !== message.agent || prompt.text.length >= longestJoined) continue;
    const all = [...(await messagesOf(transaction, prompt.id)), written];
    all.sort((a, b) => a.messageId - b.messageId || a.updateId - b.updateId);
    if (isSplitText(all)) return prompt;
  }
  return undefined;
}

/** The prompts that wait and hold a message sent within a second of this one, the newest first. */
async function waitingNear(
  transaction: Transaction,
  { conversation, operator, sentAt }: Place,
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
