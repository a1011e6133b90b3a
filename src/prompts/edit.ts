import type { Piece } from "../chat/pieces.ts";
import type { Transaction } from "../store/store.ts";
import { changeMessage, type KeptMessage, messagesOf } from "./message-table.ts";
import type { NewFile } from "./part.ts";
import { partsOf, restate } from "./parts.ts";
import type { Prompt } from "./prompt.ts";
import { promptSignal } from "./prompts.ts";
import { promptOf } from "./queue.ts";

/** What became of the edit of a message. */
export type EditOutcome =
  /** The prompt holds the new words. */
  | { kind: "edited"; prompt: Prompt }
  /** It has the same words as before. */
  | { kind: "same" }
  /** It waits, and nothing was to be changed. */
  | { kind: "waits" }
  /** It waits, and the edit replaced its file, which is not possible; nothing was changed. */
  | { kind: "other file" }
  /** It was on its way to opencode, or had ended; nothing was changed. */
  | { kind: "too late"; prompt: Prompt }
  /** It corrected what was heard in a voice message, and its prompt waits; that cannot be changed. */
  | { kind: "correction"; prompt: Prompt }
  /** It is part of no prompt that is kept. */
  | { kind: "unknown" };

/** Whether an edit changes the words of a message. */
function differs(before: Piece, now: Piece): boolean {
  const words = ({ kind, text, entities }: Piece) => JSON.stringify([kind, text, entities]);
  return words(before) !== words(now);
}

/** Whether a message has another file now than `before`. The same file may have a new id at Telegram. */
async function hasOtherFile(
  transaction: Transaction,
  promptId: number,
  before: KeptMessage | undefined,
  file: NewFile | undefined,
): Promise<boolean> {
  if (!file) return false;
  const parts = await partsOf(transaction, promptId);
  const known = parts.find(
    (part) => part.kind === "file" && part.chatMessageId === before?.messageId,
  );
  // That of a caption was left out, since it is too large.
  if (known?.kind !== "file") return before?.kind === "text";
  if (known.fileId === file.fileId) return false;
  return known.original !== file.original || known.size !== file.size;
}

/**
 * Changes a message of a prompt that waits; without `piece` it only says whether that would be possible. A reply keeps
 * its quote if the edit does not show what it replies to.
 */
export async function editMessage(
  transaction: Transaction,
  { conversation, messageId }: { conversation: string; messageId: number },
  piece: Piece | undefined,
  file?: NewFile,
): Promise<EditOutcome> {
  const row = await transaction.get<{ update_id: number; prompt_id: number }>(
    `SELECT update_id, prompt_id FROM prompt_messages WHERE conversation = ? AND message_id = ?
     ORDER BY update_id DESC LIMIT 1`,
    conversation,
    messageId,
  );
  if (!row) return correctionBy(transaction, { conversation, messageId });
  const prompt = await promptOf(transaction, row.prompt_id);
  if (!prompt) return { kind: "unknown" };
  const messages = await messagesOf(transaction, prompt.id);
  const before = messages.find(({ updateId }) => updateId === row.update_id);
  const isOther = await hasOtherFile(transaction, prompt.id, before, file);
  if (before && piece && !isOther && !differs(before, piece)) return { kind: "same" };
  if (prompt.state !== "receiving" && prompt.state !== "queued")
    return { kind: "too late", prompt };
  if (!piece) return { kind: "waits" };
  if (isOther) return { kind: "other file" };
  const head = piece.head || (before?.head ?? "");
  await changeMessage(transaction, row.update_id, { ...piece, head });
  await restate(transaction, prompt.id);
  transaction.notify(promptSignal, prompt.agent);
  return { kind: "edited", prompt: (await promptOf(transaction, prompt.id)) ?? prompt };
}

/** The outcome for a message that is kept with no prompt: one that corrected a transcript made it all the same. */
async function correctionBy(
  transaction: Transaction,
  { conversation, messageId }: { conversation: string; messageId: number },
): Promise<EditOutcome> {
  const made = await transaction.get<{ id: number }>(
    `SELECT id FROM prompts WHERE conversation = ? AND chat_message_id = ? AND kind = 'text'
     ORDER BY id DESC LIMIT 1`,
    conversation,
    messageId,
  );
  const prompt = made && (await promptOf(transaction, made.id));
  if (!prompt) return { kind: "unknown" };
  const isWaiting = prompt.state === "receiving" || prompt.state === "queued";
  return { kind: isWaiting ? "correction" : "too late", prompt };
}
