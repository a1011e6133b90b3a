import { withAge } from "../chat/age.ts";
import { fileLabel } from "../chat/media.ts";
import { joinedApart, textsOfPieces } from "../chat/pieces.ts";
import { newId } from "../opencode/ids.ts";
import type { Transaction } from "../store/store.ts";
import { distinctName } from "./file-names.ts";
import { messagesOf } from "./message-table.ts";
import { type FilePart, type NewFile, type PartRow, type PromptPart, toFilePart } from "./part.ts";
import type { PromptRow } from "./prompt.ts";
import { notBegun } from "./states.ts";

/** The signal that a file is to be downloaded; its subject is the agent's name. */
export const fileSignal = "file";

/** The parts of a prompt in the order of its messages: what each says, then its files. */
export async function partsOf(transaction: Transaction, promptId: number): Promise<PromptPart[]> {
  const messages = await messagesOf(transaction, promptId);
  const files = await filesOf(transaction, promptId);
  const row = await transaction.get<Pick<PromptRow, "text" | "note">>(
    "SELECT text, note FROM prompts WHERE id = ?",
    promptId,
  );
  const [first] = messages;
  // A prompt that no message made, such as one from a button, has the text of its own row.
  if (!first) return [...texts(row?.text ?? ""), ...files];
  const said = textsOfPieces(messages);
  said[0] = aged(said[0] ?? "", first);
  const parts: PromptPart[] = [];
  for (const [index, { messageId }] of messages.entries()) {
    parts.push(...texts(said[index] ?? ""));
    const next = files.findIndex(({ chatMessageId }) => chatMessageId > messageId);
    parts.push(...files.splice(0, next === -1 ? files.length : next));
  }
  return [...parts, ...files, ...texts(row?.note ?? "")];
}

/** The first text of a prompt, with its age where that matters. */
function aged(text: string, { sentAt, takenAt }: { sentAt: number; takenAt: number }): string {
  const shown = withAge(text, sentAt, takenAt);
  // Without a text, nothing stands below the age.
  return text === "" ? shown.trimEnd() : shown;
}

function texts(text: string): PromptPart[] {
  return text === "" ? [] : [{ kind: "text", text }];
}

async function filesOf(transaction: Transaction, promptId: number): Promise<FilePart[]> {
  const rows = await transaction.all<PartRow>(
    "SELECT * FROM prompt_parts WHERE prompt_id = ? ORDER BY chat_message_id, id",
    promptId,
  );
  return rows.map(toFilePart);
}

/** Adds the files that came with one message; they are downloaded once this is committed. */
export async function addFiles(
  transaction: Transaction,
  promptId: number,
  chatMessageId: number,
  files: readonly NewFile[],
): Promise<void> {
  const taken = (await filesOf(transaction, promptId)).map(({ name }) => name);
  for (const { media, fileId, original, size } of files) {
    const name = distinctName(original, taken, media.replaceAll(" ", "-"));
    taken.push(name);
    await transaction.run(
      `INSERT INTO prompt_parts (prompt_id, chat_message_id, media, file_id, original, name, size,
         state, added_at, part_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)`,
      promptId,
      chatMessageId,
      media,
      fileId,
      original,
      name,
      size ?? null,
      Date.now(),
      newId("prt"),
    );
  }
}

/**
 * Rebuilds the text and the label of a prompt that waits from its parts. An attempt to deliver the previous version is
 * then dropped.
 */
export async function restate(transaction: Transaction, promptId: number): Promise<void> {
  const parts = await partsOf(transaction, promptId);
  const files = parts.filter((part) => part.kind === "file");
  await orderIds(transaction, files);
  const label = files.map(fileLabel);
  const said = parts.map((part) => (part.kind === "text" ? part.text : ""));
  await transaction.run(
    `UPDATE prompts SET text = ?, label = ?, revision = revision + 1 WHERE id = ? AND ${notBegun}`,
    joinedApart(said),
    label.join(", "),
    promptId,
  );
}

/** opencode shows a model the parts of a message in the order of their ids, whatever the order they were posted in. */
async function orderIds(transaction: Transaction, files: readonly FilePart[]): Promise<void> {
  const ids = files.map(({ partId }) => partId).toSorted();
  for (const [index, { id, partId }] of files.entries()) {
    if (partId === ids[index]) continue;
    await transaction.run(
      "UPDATE prompt_parts SET part_id = ? WHERE id = ?",
      ids[index] ?? partId,
      id,
    );
  }
}

/**
 * Makes a prompt `queued` once it receives nothing more, `until` being the end of that or an earlier time, and
 * none of its files is waited for; resolves to its agent if it was made so.
 */
export async function queueLoaded(
  transaction: Transaction,
  promptId: number,
  until: number,
): Promise<string | undefined> {
  const row = await transaction.get<{ agent: string }>(
    `UPDATE prompts SET state = 'queued'
     WHERE id = ? AND state = 'receiving' AND receive_until <= ? AND NOT EXISTS (
       SELECT 1 FROM prompt_parts WHERE prompt_id = prompts.id AND state = 'waiting')
     RETURNING agent`,
    promptId,
    until,
  );
  return row?.agent;
}
