import { isInSession } from "../agents/agents.ts";
import { newId } from "../opencode/ids.ts";
import { react } from "../outbox/react.ts";
import type { Store, Transaction } from "../store/store.ts";
import { countPrompts, type PromptCounts } from "./counts.ts";
import { notifyEnded, type PromptEnd } from "./ended.ts";
import { type Lane, laneOf, resetLane } from "./lane.ts";
import { addFiles, fileSignal, queueLoaded, restate } from "./parts.ts";
import { type Attempt, type NewPrompt, type Prompt, type PromptRow, toPrompt } from "./prompt.ts";
import { takeReactions, withNote } from "./reacted.ts";
import { atWork, open, notBegun, notHeld } from "./states.ts";

/** The signal that a prompt was added; its subject is the agent's name. */
export const promptSignal = "prompt";

/** The signal that an agent works on a prompt, replies in its turn, or does no more; its subject is the name. */
export const workSignal = "work";

/** The signal that a prompt with files has ended before it was done; its subject is the agent's name. */
export const filesLeftSignal = "files left";

/**
 * Adds a prompt in the transaction that ends its update; the same update makes one prompt. What operators
 * reacted with to the agent's words goes along with it. Its opencode ids are generated here, so that the api
 * path can repeat the post without harm. One with files is `receiving` until they are loaded, in its place among
 * the others. Resolves to its id; undefined when there was one before.
 */
export async function addPrompt(
  transaction: Transaction,
  prompt: NewPrompt,
): Promise<number | undefined> {
  const { files = [], kind = "text", receiveUntil } = prompt;
  const isWhole = receiveUntil === undefined && files.length === 0;
  const row = await transaction.get<Pick<PromptRow, "id">>(
    `INSERT INTO prompts
       (update_id, agent, conversation, operator, chat_message_id, text, sent_at, message_id,
        part_id, receive_until, state, kind)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
    prompt.updateId,
    prompt.agent,
    prompt.conversation,
    prompt.operator,
    prompt.chatMessageId,
    prompt.text,
    prompt.sentAt,
    newId("msg"),
    newId("prt"),
    isWhole ? null : (receiveUntil ?? Date.now()),
    isWhole ? "queued" : "receiving",
    kind,
  );
  if (!row) return undefined;
  const note = kind === "text" ? await takeReactions(transaction, prompt) : undefined;
  if (note !== undefined) {
    await transaction.run(
      "UPDATE prompts SET text = ?, note = ? WHERE id = ?",
      withNote(prompt.text, note),
      note,
      row.id,
    );
  }
  if (files.length > 0) {
    await addFiles(transaction, row.id, prompt.chatMessageId, files);
    await restate(transaction, row.id);
    transaction.notify(fileSignal, prompt.agent);
  }
  await react(transaction, prompt, "accepted");
  transaction.notify(promptSignal, prompt.agent);
  return row.id;
}

/** The prompt an agent is being given or works on; of several in one turn the first. */
export async function currentPrompt(
  transaction: Transaction,
  agent: string,
): Promise<Prompt | undefined> {
  const row = await transaction.get<PromptRow>(
    `SELECT * FROM prompts WHERE agent = ? AND ${atWork} ORDER BY attempted_at, id LIMIT 1`,
    agent,
  );
  return row && toPrompt(row);
}

/** The prompts an agent has not finished, in their order: those at work, then those that wait. */
export async function openPrompts(transaction: Transaction, agent: string): Promise<Prompt[]> {
  const lane = await laneOf(transaction, agent);
  return [...lane.running, ...lane.waiting];
}

/** Records what the agent said in a prompt's turn, so that the turn's text is not sent as well. */
export async function markReplied(
  transaction: Transaction,
  id: number,
  text: string,
): Promise<void> {
  const sql = `UPDATE prompts SET replied = 1, replied_at = ?, reply_text = ?
     WHERE id = ? AND ${open} RETURNING agent`;
  const row = await transaction.get<Pick<PromptRow, "agent">>(sql, Date.now(), text, id);
  if (row) transaction.notify(workSignal, row.agent);
}

/** Ends a prompt; undefined when it had ended before, else the prompt as it is now. */
export async function endPrompt(
  transaction: Transaction,
  id: number,
  state: PromptEnd,
): Promise<Prompt | undefined> {
  const row = await transaction.get<PromptRow>(
    `UPDATE prompts SET state = ?, ended_at = ? WHERE id = ? AND ${open} RETURNING *`,
    state,
    Date.now(),
    id,
  );
  if (!row) return undefined;
  const prompt = toPrompt(row);
  transaction.notify(workSignal, prompt.agent);
  notifyEnded(transaction, id, state);
  if (prompt.label !== "" && state !== "done") transaction.notify(filesLeftSignal, prompt.agent);
  await react(transaction, prompt, state === "done" ? "done" : "failed");
  return prompt;
}

/**
 * Cancels the prompts an agent has not finished, or only those that wait; the number of them. A turn that
 * runs is not ended by it; with `all` the agent is held no longer and no abort is wanted any more.
 */
export async function cancelPrompts(
  transaction: Transaction,
  agent: string,
  which: "all" | "waiting" = "all",
): Promise<number> {
  const lane = await laneOf(transaction, agent);
  const prompts = which === "all" ? [...lane.running, ...lane.waiting] : lane.waiting;
  for (const { id } of prompts) await endPrompt(transaction, id, "cancelled");
  if (which === "all") await resetLane(transaction, agent);
  return prompts.length;
}

/** Cancels the open prompts of all agents that `isUnwanted` names; the number of them. */
export async function dropPrompts(
  transaction: Transaction,
  isUnwanted: (prompt: Prompt) => boolean,
): Promise<number> {
  const rows = await transaction.all<PromptRow>(`SELECT * FROM prompts WHERE ${open}`);
  const unwanted = rows.map(toPrompt).filter(isUnwanted);
  for (const { id } of unwanted) await endPrompt(transaction, id, "cancelled");
  return unwanted.length;
}

/**
 * The queued prompts of an agent that wait for a decision, each once: from now on their authors
 * count as told.
 */
export async function takeBlocked(transaction: Transaction, agent: string): Promise<Prompt[]> {
  const rows = await transaction.all<PromptRow>(
    `UPDATE prompts SET told_to_wait = 1
     WHERE agent = ? AND ${notBegun} AND told_to_wait = 0 RETURNING *`,
    agent,
  );
  return rows.map(toPrompt);
}

/** The prompts of all agents, each agent's in a lane of its own. */
export class Prompts {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What runs for an agent and the one prompt that is next, and what is wanted of its lane. */
  lane(agent: string): Promise<Lane> {
    return this.#store.read((transaction) => laneOf(transaction, agent, 1));
  }

  /** The prompt an agent works on, or the next one it will. */
  async head(agent: string): Promise<Prompt | undefined> {
    const lane = await this.lane(agent);
    return lane.running[0] ?? lane.waiting[0];
  }

  /** How many prompts of each agent are not finished, and since when it works or rests; in one query. */
  countsByAgent(): Promise<Map<string, PromptCounts>> {
    return this.#store.read((transaction) => countPrompts(transaction));
  }

  /** How many prompts an agent has not finished: those opencode is given or has, and those that wait. */
  async counts(agent: string): Promise<Pick<PromptCounts, "running" | "waiting">> {
    const { running = 0, waiting = 0 } = (await this.countsByAgent()).get(agent) ?? {};
    return { running, waiting };
  }

  /**
   * What operators wrote to an agent, oldest first, at most `limit`: what followed prompt `after`, or
   * the newest when that is undefined.
   */
  async written(agent: string, after: number | undefined, limit: number): Promise<Prompt[]> {
    const order = after === undefined ? "DESC" : "ASC";
    const rows = await this.#store.read((transaction) =>
      transaction.all<PromptRow>(
        `SELECT * FROM prompts WHERE agent = ? AND id > ? ORDER BY id ${order} LIMIT ?`,
        agent,
        after ?? 0,
        limit,
      ),
    );
    return rows.toSorted((a, b) => a.id - b.id).map(toPrompt);
  }

  /**
   * Ends the receiving of a prompt, `receiveUntil` as the caller read it. Resolves to `changed` if a part came
   * since, or it ended, and to `loading` if its files are not all there yet; their end is a `queueSignal`.
   */
  endReceiving(id: number, receiveUntil: number): Promise<"queued" | "changed" | "loading"> {
    return this.#store.writeBehind(async (transaction) => {
      const row = await transaction.get<Pick<PromptRow, "id">>(
        `SELECT id FROM prompts WHERE id = ? AND state = 'receiving' AND receive_until = ?`,
        id,
        receiveUntil,
      );
      if (!row) return "changed";
      const agent = await queueLoaded(transaction, id, receiveUntil);
      return agent === undefined ? "loading" : "queued";
    });
  }

  /**
   * Records an attempt before anything leaves; a later start of the process finds it. Resolves to
   * whether the prompt is still to be delivered there, as the caller knows it: its agent may have been
   * stopped, held, or restarted with another session, or its operator may have edited it.
   */
  attempt(
    { id, agent, revision }: Pick<Prompt, "id" | "agent" | "revision">,
    attempt: Attempt,
  ): Promise<boolean> {
    return this.#store.write(async (transaction) => {
      if (!(await isInSession(transaction, agent, attempt.sessionId))) return false;
      const { changes } = await transaction.run(
        `UPDATE prompts SET state = 'delivering', attempts = attempts + 1, attempted_at = ?,
           path = ?, session_id = ?, after_message_id = ?, submitted = 0, sent_now = ?
         WHERE id = ? AND revision = ?
           AND (state = 'delivering' OR (state = 'queued' AND ${notHeld}))`,
        Date.now(),
        attempt.path,
        attempt.sessionId,
        attempt.path === "tmux" ? (attempt.afterMessageId ?? null) : null,
        attempt.path === "api" && attempt.isSentNow === true ? 1 : 0,
        id,
        revision,
      );
      if (changes === 1) transaction.notify(workSignal, agent);
      return changes === 1;
    });
  }

  /** Records that opencode refused a prompt for now and does nothing with it: it is the next one again. */
  async putBack(id: number): Promise<void> {
    await this.#store.write((transaction) =>
      transaction.run(
        "UPDATE prompts SET state = 'queued' WHERE id = ? AND state = 'delivering'",
        id,
      ),
    );
  }

  /**
   * Records that Enter is about to be pressed on a prompt. Resolves to whether it is still to be
   * delivered. It need not outlive a power cut, which ends the terminal and opencode as well.
   */
  markSubmitted(id: number): Promise<boolean> {
    return this.#store.writeBehind(async (transaction) => {
      const { changes } = await transaction.run(
        "UPDATE prompts SET submitted = 1 WHERE id = ? AND state = 'delivering'",
        id,
      );
      return changes === 1;
    });
  }

  /**
   * Records that opencode has the prompt, as message `messageId`. Resolves to whether it was still
   * to be delivered.
   */
  delivered(id: number, messageId: string): Promise<boolean> {
    return this.#store.writeBehind(async (transaction) => {
      const row = await transaction.get<PromptRow>(
        `UPDATE prompts SET state = 'running', message_id = ?
         WHERE id = ? AND state = 'delivering' RETURNING *`,
        messageId,
        id,
      );
      if (row) await react(transaction, toPrompt(row), "working");
      return row !== undefined;
    });
  }
}
