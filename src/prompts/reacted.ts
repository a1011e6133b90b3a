import { speakerNow } from "../agents/speaker.ts";
import { shortened } from "../chat/formatted-text.ts";
import { joinedApart } from "../chat/pieces.ts";
import { onOneLine } from "../chat/hidden.ts";
import type { Transaction } from "../store/store.ts";

// Operators' reactions to the words of agents. They are kept until they are passed on with the next prompt.

/** An operator's reactions to one message of an agent, as they are now. */
export interface Reacted {
  conversation: string;
  messageId: number;
  operator: number;
  /** Those that were there before, and those that are there now. */
  before: string[];
  now: string[];
  /** Whose words they are, and the session in which they were said; see `Speech`. */
  agent: string;
  session: string | undefined;
  /** The words. */
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
}

interface ReactionRow {
  conversation: string;
  message_id: number;
  operator: number;
  emoji: string;
  agent: string;
  session_id: string | null;
  quote: string;
  reacted_at: number;
}

const longestQuote = 80;

/** Keeps an operator's new reactions, and deletes those that were taken back. */
export async function setReactions(transaction: Transaction, reacted: Reacted): Promise<void> {
  const { conversation, messageId, operator, before, now } = reacted;
  for (const emoji of before.filter((one) => !now.includes(one))) {
    await transaction.run(
      `DELETE FROM operator_reactions
       WHERE conversation = ? AND message_id = ? AND operator = ? AND emoji = ?`,
      conversation,
      messageId,
      operator,
      emoji,
    );
  }
  const quote = shortened(onOneLine(reacted.text.slice(0, 2 * longestQuote)), longestQuote);
  for (const emoji of now.filter((one) => !before.includes(one))) {
    await transaction.run(
      `INSERT INTO operator_reactions
         (conversation, message_id, operator, emoji, agent, session_id, quote, reacted_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      conversation,
      messageId,
      operator,
      emoji,
      reacted.agent,
      reacted.session ?? null,
      quote,
      reacted.at,
    );
  }
}

/**
 * Takes the reactions in a conversation to an agent's words, as a note to the agent; undefined without any.
 * Reactions to words of a session that no agent has any more are deleted.
 */
export async function takeReactions(
  transaction: Transaction,
  { agent, conversation }: { agent: string; conversation: string },
): Promise<string | undefined> {
  const rows = await transaction.all<ReactionRow>(
    "SELECT * FROM operator_reactions WHERE conversation = ? ORDER BY reacted_at, message_id",
    conversation,
  );
  const lines: string[] = [];
  for (const row of rows) {
    const spoke = { agent: row.agent, session: row.session_id ?? undefined };
    const { name, isSame } = await speakerNow(transaction, spoke);
    if (isSame && name !== agent) continue;
    if (isSame) lines.push(`[the operator reacted ${row.emoji} to: ${row.quote}]`);
    await transaction.run(
      `DELETE FROM operator_reactions
       WHERE conversation = ? AND message_id = ? AND operator = ? AND emoji = ?`,
      row.conversation,
      row.message_id,
      row.operator,
      row.emoji,
    );
  }
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** A prompt with a note to the agent below it. */
export function withNote(text: string, note: string): string {
  return joinedApart([text, note]);
}

/** Deletes the reactions of the users that `isUnwanted` selects. */
export async function dropReactions(
  transaction: Transaction,
  isUnwanted: (operator: number, conversation: string) => boolean,
): Promise<void> {
  const rows = await transaction.all<Pick<ReactionRow, "operator" | "conversation">>(
    "SELECT DISTINCT operator, conversation FROM operator_reactions",
  );
  for (const { operator, conversation } of rows) {
    if (!isUnwanted(operator, conversation)) continue;
    await transaction.run(
      "DELETE FROM operator_reactions WHERE operator = ? AND conversation = ?",
      operator,
      conversation,
    );
  }
}

/** Moves the reactions in a conversation to its new key, where its messages are not known by their numbers. */
export async function moveReactions(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  await transaction.run(
    "UPDATE operator_reactions SET conversation = ?, message_id = -message_id WHERE conversation = ?",
    to,
    from,
  );
}

/** Removes reactions that were never passed on; see `PruneStep`. */
export async function pruneReactions(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const rows = await transaction.all<ReactionRow>(
    "SELECT * FROM operator_reactions WHERE reacted_at < ? LIMIT ?",
    olderThan,
    limit,
  );
  for (const { conversation, message_id, operator, emoji } of rows) {
    await transaction.run(
      `DELETE FROM operator_reactions
       WHERE conversation = ? AND message_id = ? AND operator = ? AND emoji = ?`,
      conversation,
      message_id,
      operator,
      emoji,
    );
  }
  return rows.length;
}
