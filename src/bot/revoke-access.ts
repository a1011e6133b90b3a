import type { Update } from "grammy/types";
import { endUpdate } from "../inbox/inbox.ts";
import { type AllowList, ignoredBecause, isOperator } from "../access/operators.ts";
import type { Store, Transaction } from "../store/store.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { endPrompt } from "../prompts/prompts.ts";

/** How much was given up. */
export interface GivenUp {
  updates: number;
  prompts: number;
  calls: number;
}

const openPrompt = "state IN ('queued', 'delivering', 'running')";
const openCall = "state IN ('pending', 'sending', 'uncertain')";

/**
 * Gives up what is still open of users and chats that the settings no longer name: what they wrote
 * is not worked on, and nothing more goes to their chats. Cards that wait there are shown anew, where
 * their agent speaks now. Call it at the start, before anything moves.
 */
export function dropNoLongerAllowed(store: Store, allowed: AllowList): Promise<GivenUp> {
  return store.write((transaction) => {
    const updates = dropUpdates(transaction, allowed);
    const prompts = dropPrompts(transaction, allowed);
    dropCards(transaction, allowed);
    return { updates, prompts, calls: dropCalls(transaction, allowed) };
  });
}

function dropUpdates(transaction: Transaction, allowed: AllowList): number {
  const gone = transaction
    .all<{ update_id: number; body: string }>(
      "SELECT update_id, body FROM updates WHERE state IN ('pending', 'processing')",
    )
    .filter(({ body }) => ignoredBecause(JSON.parse(body) as Update, allowed));
  for (const { update_id } of gone) endUpdate(transaction, update_id, "failed");
  return gone.length;
}

function dropPrompts(transaction: Transaction, allowed: AllowList): number {
  const gone = transaction
    .all<{ id: number; operator: number; conversation: string }>(
      `SELECT id, operator, conversation FROM prompts WHERE ${openPrompt}`,
    )
    .filter(({ operator, conversation }) => {
      return !isOperator(operator, conversationFromKey(conversation).chatId, allowed);
    });
  for (const { id } of gone) endPrompt(transaction, id, "cancelled");
  return gone.length;
}

function dropCards(transaction: Transaction, { chats }: AllowList): void {
  const gone = transaction
    .all<{ request_id: string; conversation: string }>(
      "SELECT request_id, conversation FROM cards WHERE state = 'open'",
    )
    .filter(({ conversation }) => !chats.includes(conversationFromKey(conversation).chatId));
  for (const { request_id } of gone) {
    transaction.run("DELETE FROM cards WHERE request_id = ?", request_id);
  }
}

function dropCalls(transaction: Transaction, { chats }: AllowList): number {
  const { changes } = transaction.run(
    `UPDATE outbox SET state = 'failed', ended_at = ? WHERE ${openCall}
       AND json_extract(payload, '$.chat_id') NOT IN (SELECT value FROM json_each(?))`,
    Date.now(),
    JSON.stringify(chats),
  );
  return changes;
}
