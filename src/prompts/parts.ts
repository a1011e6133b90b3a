import { fileLabel } from "../chat/media.ts";
import { newId } from "../opencode/ids.ts";
import type { Transaction } from "../store/store.ts";
import { distinctName } from "./file-names.ts";
import { type NewFile, type PartRow, type PromptPart, toPart } from "./part.ts";

// A prompt of one text and nothing else has no rows here: its own row says all of it.

/** The signal that a file is to be loaded; its subject is the agent's name. */
export const fileSignal = "file";

/** What stands between two texts that were written apart. */
export const apart = "\n\n";

/** What one message adds to a prompt. */
export interface AddedParts {
  chatMessageId: number;
  /** Nothing when empty. */
  text: string;
  /** What stands between it and the text before; `apart` when undefined. */
  joint?: string;
  files?: readonly NewFile[];
}

/** The parts of a prompt in the order of their messages; none for a prompt of one text. */
export async function partsOf(transaction: Transaction, promptId: number): Promise<PromptPart[]> {
  const rows = await transaction.all<PartRow>(
    "SELECT * FROM prompt_parts WHERE prompt_id = ? ORDER BY chat_message_id, id",
    promptId,
  );
  return rows.map(toPart);
}

/** Adds what came with one message: its text, then its files, which are loaded once this is committed. */
export async function addParts(
  transaction: Transaction,
  promptId: number,
  { chatMessageId, text, joint = apart, files = [] }: AddedParts,
): Promise<void> {
  if (text !== "") {
    await transaction.run(
      `INSERT INTO prompt_parts (prompt_id, chat_message_id, kind, text, joint, added_at, part_id)
       VALUES (?, ?, 'text', ?, ?, ?, ?)`,
      promptId,
      chatMessageId,
      text,
      joint,
      Date.now(),
      newId("prt"),
    );
  }
  const taken = (await partsOf(transaction, promptId)).flatMap((part) =>
    part.kind === "file" ? part.name : [],
  );
  for (const { media, fileId, original, size } of files) {
    const name = distinctName(original, taken, media.replaceAll(" ", "-"));
    taken.push(name);
    await transaction.run(
      `INSERT INTO prompt_parts (prompt_id, chat_message_id, kind, media, file_id, original, name, size,
         state, added_at, part_id)
       VALUES (?, ?, 'file', ?, ?, ?, ?, ?, 'waiting', ?, ?)`,
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

/** Makes the text and the label of a prompt what its parts say. */
export async function restate(transaction: Transaction, promptId: number): Promise<void> {
  const parts = await partsOf(transaction, promptId);
  let text = "";
  for (const part of parts) {
    if (part.kind === "text") text += text === "" ? part.text : part.joint + part.text;
  }
  const labels = parts.flatMap((part) => (part.kind === "file" ? fileLabel(part) : []));
  await transaction.run(
    "UPDATE prompts SET text = ?, label = ? WHERE id = ?",
    text,
    labels.join(", "),
    promptId,
  );
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
