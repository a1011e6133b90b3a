import { react } from "../outbox/react.ts";
import { newId } from "../opencode/ids.ts";
import type { Store, Transaction } from "../store/store.ts";
import { type Attempt, type NewPrompt, type Prompt, type PromptRow, toPrompt } from "./prompt.ts";

/**
 * Adds a prompt in the transaction that ends its update; the same update makes one prompt.
 * Its opencode ids are made here, so that the api path can repeat the post without harm.
 */
export function addPrompt(transaction: Transaction, prompt: NewPrompt): void {
  const { changes } = transaction.run(
    `INSERT INTO prompts
       (update_id, agent, conversation, operator, chat_message_id, text, sent_at, message_id,
        part_id, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued') ON CONFLICT DO NOTHING`,
    prompt.updateId,
    prompt.agent,
    prompt.conversation,
    prompt.operator,
    prompt.chatMessageId,
    prompt.text,
    prompt.sentAt,
    newId("msg"),
    newId("prt"),
  );
  if (changes === 1) react(transaction, prompt, "accepted");
}

/**
 * Whether a prompt for this agent would only wait for the running turn, whose end wakes the lane. An
 * open card is another matter: the author is told that it comes first.
 */
export function waitsForTurn(transaction: Transaction, agent: string): boolean {
  const row = transaction.get<{ waits: number }>(
    `SELECT EXISTS (SELECT 1 FROM prompts WHERE agent = ?1 AND state = 'running'
         AND state IN ('queued', 'delivering', 'running'))
       AND NOT EXISTS (SELECT 1 FROM cards WHERE agent = ?1 AND state != 'closed') AS waits`,
    agent,
  );
  return row?.waits === 1;
}

/**
 * Notes that the agent spoke during its current turn, so that the turn's text is not relayed. What
 * spoke began at `began` (ms, epoch): a program that an earlier turn left behind does not count.
 */
export function markReplied(transaction: Transaction, agent: string, began: number): void {
  transaction.run(
    `UPDATE prompts SET replied = 1
     WHERE agent = ? AND state IN ('delivering', 'running') AND attempted_at <= ?`,
    agent,
    began,
  );
}

/** Ends a prompt; undefined when it had ended before, else the row as it was. */
export function endPrompt(
  transaction: Transaction,
  id: number,
  state: "done" | "failed" | "cancelled",
): Prompt | undefined {
  const row = transaction.get<PromptRow>(
    `UPDATE prompts SET state = ?, ended_at = ?
     WHERE id = ? AND state IN ('queued', 'delivering', 'running') RETURNING *`,
    state,
    Date.now(),
    id,
  );
  if (!row) return undefined;
  const prompt = toPrompt(row);
  react(transaction, prompt, state === "done" ? "done" : "failed");
  return prompt;
}

/** Cancels every prompt an agent has not finished; the number of them. */
export function endPrompts(transaction: Transaction, agent: string): number {
  const open = transaction.all<PromptRow>(
    "SELECT * FROM prompts WHERE agent = ? AND state IN ('queued', 'delivering', 'running')",
    agent,
  );
  for (const { id } of open) endPrompt(transaction, id, "cancelled");
  return open.length;
}

/** The prompts of all agents, each agent's in a lane of its own. */
export class Prompts {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The prompt an agent works on, or the next one it will. */
  head(agent: string): Promise<Prompt | undefined> {
    return this.#store.read((transaction) => {
      const row = transaction.get<PromptRow>(
        `SELECT * FROM prompts WHERE agent = ? AND state IN ('queued', 'delivering', 'running')
         ORDER BY id LIMIT 1`,
        agent,
      );
      return row && toPrompt(row);
    });
  }

  /** How many prompts an agent has not finished, the running one included. */
  open(agent: string): Promise<number> {
    return this.#store.read(
      (transaction) =>
        transaction.get<{ n: number }>(
          `SELECT count(*) AS n FROM prompts
           WHERE agent = ? AND state IN ('queued', 'delivering', 'running')`,
          agent,
        )?.n ?? 0,
    );
  }

  /**
   * What operators wrote to an agent, oldest first, at most `limit`: what followed prompt `after`, or
   * the newest when that is undefined.
   */
  written(agent: string, after: number | undefined, limit: number): Promise<Prompt[]> {
    const order = after === undefined ? "DESC" : "ASC";
    return this.#store.read((transaction) =>
      transaction
        .all<PromptRow>(
          `SELECT * FROM prompts WHERE agent = ? AND id > ? ORDER BY id ${order} LIMIT ?`,
          agent,
          after ?? 0,
          limit,
        )
        .toSorted((a, b) => a.id - b.id)
        .map(toPrompt),
    );
  }

  /**
   * Notes an attempt before anything leaves; a later start of the process finds it. Resolves to
   * whether the prompt is still to be delivered there: its agent may have been stopped, or started
   * anew with another session.
   */
  attempt(id: number, attempt: Attempt): Promise<boolean> {
    return this.#store.write((transaction) => {
      const { changes } = transaction.run(
        `UPDATE prompts SET state = 'delivering', attempts = attempts + 1, attempted_at = ?,
           path = ?, session_id = ?, after_message_id = ?, submitted = 0
         WHERE id = ? AND state IN ('queued', 'delivering') AND EXISTS (
           SELECT 1 FROM agents
           WHERE name = prompts.agent AND state = 'active' AND session_id = ?)`,
        Date.now(),
        attempt.path,
        attempt.sessionId,
        attempt.path === "tmux" ? (attempt.afterMessageId ?? null) : null,
        id,
        attempt.sessionId,
      );
      return changes === 1;
    });
  }

  /**
   * Notes that Enter is about to be pressed on a prompt. Resolves to whether it is still to be
   * delivered. It need not outlive a power cut, which ends the terminal and opencode as well.
   */
  submitting(id: number): Promise<boolean> {
    return this.#store.writeBehind((transaction) => {
      const { changes } = transaction.run(
        "UPDATE prompts SET submitted = 1 WHERE id = ? AND state = 'delivering'",
        id,
      );
      return changes === 1;
    });
  }

  /**
   * Tells the authors of the prompts that wait for an agent that a decision comes first, each once.
   * Resolves to whether anybody was told.
   */
  tellToWait(
    agent: string,
    tell: (transaction: Transaction, prompt: Prompt) => void,
  ): Promise<boolean> {
    return this.#store.write((transaction) => {
      const rows = transaction.all<PromptRow>(
        `UPDATE prompts SET told_to_wait = 1
         WHERE agent = ? AND state = 'queued' AND told_to_wait = 0 RETURNING *`,
        agent,
      );
      for (const row of rows) tell(transaction, toPrompt(row));
      return rows.length > 0;
    });
  }

  /**
   * Notes that opencode has the prompt, as message `messageId`. Resolves to whether it was still to
   * be delivered.
   */
  delivered(id: number, messageId: string): Promise<boolean> {
    return this.#store.writeBehind((transaction) => {
      const row = transaction.get<PromptRow>(
        `UPDATE prompts SET state = 'running', message_id = ?
         WHERE id = ? AND state = 'delivering' RETURNING *`,
        messageId,
        id,
      );
      if (row) react(transaction, toPrompt(row), "working");
      return row !== undefined;
    });
  }
}
