import { fileLabel } from "../chat/media.ts";
import type { Transaction } from "../store/store.ts";
import { addFiles, fileSignal, restate } from "./parts.ts";
import type { NewFile } from "./part.ts";
import type { NewPrompt, PromptRow } from "./prompt.ts";
import { withNote } from "./reacted.ts";
import { addPrompt, promptSignal } from "./prompts.ts";

/**
 * Keeps a place among an agent's prompts for a recording whose words are not known yet. Nothing joins it, and the
 * prompts behind it wait until `fillPlace` is called or the prompt ends.
 */
export async function keepPlace(
  transaction: Transaction,
  prompt: Omit<NewPrompt, "text" | "files" | "receiveUntil">,
  recording: NewFile,
): Promise<void> {
  await addPrompt(transaction, { ...prompt, text: "", receiveUntil: 0 });
  const { media, original: name } = recording;
  await transaction.run(
    `UPDATE prompts SET receive_until = NULL, label = ?
     WHERE update_id = ? AND state = 'receiving' AND receive_until = 0`,
    fileLabel({ media, name }),
    prompt.updateId,
  );
}

/**
 * Fills the place that was kept for an update. Resolves to the agent whose prompt it is; to `ended` if that was
 * cancelled meanwhile or filled before; to undefined if no place was kept.
 */
export async function fillPlace(
  transaction: Transaction,
  updateId: number,
  { text, files = [] }: Pick<NewPrompt, "text" | "files">,
): Promise<{ agent: string } | "ended" | undefined> {
  const row = await transaction.get<Pick<PromptRow, "id" | "agent" | "chat_message_id" | "note">>(
    `UPDATE prompts SET text = ?, label = '', receive_until = ?
     WHERE update_id = ? AND state = 'receiving' AND receive_until IS NULL
     RETURNING id, agent, chat_message_id, note`,
    text,
    Date.now(),
    updateId,
  );
  if (!row) {
    const known = await transaction.get("SELECT id FROM prompts WHERE update_id = ?", updateId);
    return known ? "ended" : undefined;
  }
  if (row.note !== null) {
    const noted = withNote(text, row.note);
    await transaction.run("UPDATE prompts SET text = ? WHERE id = ?", noted, row.id);
  }
  if (files.length > 0) {
    await addFiles(transaction, row.id, row.chat_message_id, files);
    await restate(transaction, row.id);
    transaction.notify(fileSignal, row.agent);
  }
  transaction.notify(promptSignal, row.agent);
  return { agent: row.agent };
}
