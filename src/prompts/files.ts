import type { Store, Transaction } from "../store/store.ts";
import { type FileFault, type FilePart, type PartRow, toFilePart } from "./part.ts";
import { partsOf, queueLoaded } from "./parts.ts";
import type { PromptRow } from "./prompt.ts";
import { endPrompt } from "./prompts.ts";
import { queueSignal } from "./queue.ts";

/** The longest pause before a file is tried again, in milliseconds. */
export const longestFilePauseMs = 5 * 60_000;

/** A file that is to be downloaded, with the prompt it is part of. */
export type WaitingFile = FilePart & Pick<PromptRow, "agent" | "conversation">;

/** A file that is on disk, or may be. */
export type KeptUpload = Pick<FilePart, "id"> & { path: string };

/** What becomes of a prompt without one of its files. */
export type Without =
  /** It goes on without the file. */
  | "goes on"
  /** Nothing of it was left, so it has failed. */
  | "failed";

type WaitingRow = PartRow & Pick<PromptRow, "agent" | "conversation">;

/** The files of prompts: which are to be downloaded, and which are to be removed. */
export class PromptFiles {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Files to be downloaded at `now` (milliseconds since the epoch), in the order they came; at most `limit`. */
  async due(now: number, limit: number): Promise<WaitingFile[]> {
    const rows = await this.#store.read((transaction) =>
      transaction.all<WaitingRow>(
        `SELECT parts.*, prompts.agent, prompts.conversation
         FROM prompt_parts AS parts JOIN prompts ON prompts.id = parts.prompt_id
         WHERE parts.state = 'waiting' AND prompts.state = 'receiving'
           AND (parts.due_at <= ? OR parts.due_at > ?) ORDER BY parts.id LIMIT ?`,
        now,
        // No file is put off for longer, so the clock was set back.
        now + longestFilePauseMs,
        limit,
      ),
    );
    return rows.map((row) => ({
      ...toFilePart(row),
      agent: row.agent,
      conversation: row.conversation,
    }));
  }

  /** When the next one after `now` is to be tried again, in the same unit; undefined when none waits for it. */
  async nextDue(now: number): Promise<number | undefined> {
    const row = await this.#store.read((transaction) =>
      transaction.get<{ due: number | null }>(
        `SELECT min(parts.due_at) AS due FROM prompt_parts AS parts JOIN prompts ON prompts.id = parts.prompt_id
         WHERE parts.state = 'waiting' AND prompts.state = 'receiving' AND parts.due_at > ?`,
        now,
      ),
    );
    return row?.due ?? undefined;
  }

  /** Whether a file is still waited for: its prompt may have been dropped. */
  isWanted(id: number): Promise<boolean> {
    return this.#store.read(async (transaction) => {
      const row = await transaction.get(
        `SELECT parts.id FROM prompt_parts AS parts JOIN prompts ON prompts.id = parts.prompt_id
         WHERE parts.state = 'waiting' AND prompts.state = 'receiving' AND parts.id = ?`,
        id,
      );
      return row !== undefined;
    });
  }

  /** Records where a file will be before anything is written there, so that it is found after a crash. */
  async begin(id: number, path: string): Promise<void> {
    await this.#store.writeBehind((transaction) =>
      transaction.run("UPDATE prompt_parts SET path = ? WHERE id = ?", path, id),
    );
  }

  /**
   * Records that a file is in its place; its prompt is queued when that was all it waited for. Resolves to whether it
   * was still waited for.
   */
  saved({ id, promptId }: Pick<WaitingFile, "id" | "promptId">, size: number): Promise<boolean> {
    return this.#store.writeBehind(async (transaction) => {
      const { changes } = await transaction.run(
        `UPDATE prompt_parts SET state = 'saved', size = ? WHERE id = ? AND state = 'waiting'
         AND EXISTS (
           SELECT 1 FROM prompts WHERE prompts.id = prompt_id AND prompts.state = 'receiving')`,
        size,
        id,
      );
      if (changes === 0) return false;
      await settle(transaction, promptId);
      return true;
    });
  }

  /** A file is tried again at `dueAt` (milliseconds since the epoch). */
  async later(id: number, dueAt: number): Promise<void> {
    await this.#store.writeBehind((transaction) =>
      transaction.run(
        "UPDATE prompt_parts SET attempts = attempts + 1, due_at = ? WHERE id = ?",
        dueAt,
        id,
      ),
    );
  }

  /**
   * Files that nobody needs any more, at most `limit`: of prompts that ended before `olderThan` (milliseconds since
   * the epoch), and of those that were cancelled before opencode had them.
   */
  async unneeded(olderThan: number, limit: number): Promise<KeptUpload[]> {
    return this.#store.read((transaction) =>
      transaction.all<KeptUpload>(
        `SELECT parts.id, parts.path FROM prompt_parts AS parts
           LEFT JOIN prompts ON prompts.id = parts.prompt_id
         WHERE parts.path IS NOT NULL AND (prompts.id IS NULL OR prompts.ended_at < ?
           OR (prompts.ended_at IS NOT NULL AND (parts.state <> 'saved' OR prompts.attempts = 0)))
         ORDER BY parts.id LIMIT ?`,
        olderThan,
        limit,
      ),
    );
  }

  /** Records that a file is not there any more. */
  async removed(id: number): Promise<void> {
    await this.#store.writeBehind((transaction) =>
      transaction.run("UPDATE prompt_parts SET state = 'removed', path = NULL WHERE id = ?", id),
    );
  }
}

/** The absolute paths of the files that a prompt has now, in order. */
export async function pathsOf(transaction: Transaction, promptId: number): Promise<string[]> {
  const parts = await partsOf(transaction, promptId);
  return parts.flatMap((part) =>
    part.kind === "file" && part.state === "saved" && part.path !== undefined ? part.path : [],
  );
}

// What was told of a file: the column `told`. A later thing may be told after an earlier one.
const tellings = { waiting: 1, "as path": 2 };

/** Records that the operator is told this of a file; false if they were told before. */
export async function tellOnce(
  transaction: Transaction,
  id: number,
  what: keyof typeof tellings,
): Promise<boolean> {
  const { changes } = await transaction.run(
    "UPDATE prompt_parts SET told = ? WHERE id = ? AND told < ?",
    tellings[what],
    id,
    tellings[what],
  );
  return changes === 1;
}

/** Gives a file up; its prompt goes on without it, unless nothing else is in it. Undefined if it was not waited for. */
export async function failFile(
  transaction: Transaction,
  { id, promptId }: Pick<WaitingFile, "id" | "promptId">,
  fault: FileFault,
): Promise<Without | undefined> {
  const { changes } = await transaction.run(
    "UPDATE prompt_parts SET state = 'failed', fault = ? WHERE id = ? AND state = 'waiting'",
    fault,
    id,
  );
  if (changes === 0) return undefined;
  const parts = await partsOf(transaction, promptId);
  const isEmpty = parts.every((part) => part.kind === "file" && part.state === "failed");
  if (isEmpty) {
    return (await endPrompt(transaction, promptId, "failed")) ? "failed" : undefined;
  }
  await settle(transaction, promptId);
  return "goes on";
}

async function settle(transaction: Transaction, promptId: number): Promise<void> {
  const agent = await queueLoaded(transaction, promptId, Date.now());
  // Also while a turn runs: it may be wanted in that one.
  if (agent !== undefined) transaction.notify(queueSignal, agent);
}

/** Forgets the parts of prompts that are not kept any more, once their files are removed; see `PruneStep`. */
export async function pruneParts(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM prompt_parts WHERE id IN (
       SELECT parts.id FROM prompt_parts AS parts LEFT JOIN prompts ON prompts.id = parts.prompt_id
       WHERE prompts.id IS NULL AND parts.path IS NULL AND parts.added_at < ? LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}
