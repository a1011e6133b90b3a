import { randomBytes } from "node:crypto";
import type { Conversation } from "../chat/conversation.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/outbox.ts";
import { target } from "../outbox/say.ts";
import type { Store, Transaction } from "../store/store.ts";

/** A command that was asked about, as its button's key names it. */
export interface Confirmation {
  key: string;
  operator: number;
  /** The command's name; empty for the button that leaves it. */
  command: string;
  argument: string;
  isUsed: boolean;
  /** The outbox call that made the question. */
  outboxId: number;
}

/** A command to ask about. */
export interface Question {
  conversation: Conversation;
  operator: number;
  command: string;
  argument: string;
  text: string;
}

interface Row {
  key: string;
  operator: number;
  command: string;
  argument: string;
  used: number;
  outbox_id: number;
}

/** Questions whether to run a command after all, with buttons that work once. */
export class Confirmations {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Asks in the transaction that ends the command's update. */
  async ask(transaction: Transaction, question: Question): Promise<void> {
    const { conversation, operator, command, argument, text } = question;
    const [yes, no] = [newKey(), newKey()];
    const buttons = [
      { text: "Do it", callback_data: yes },
      { text: "Do not", callback_data: no },
    ];
    const outboxId = await enqueue(transaction, {
      lane: outboxLane(conversation.key, "urgent"),
      method: "sendMessage",
      payload: {
        ...target(conversation),
        text,
        link_preview_options: { is_disabled: true },
        reply_markup: { inline_keyboard: [buttons] },
      },
    });
    await addKey(transaction, { key: yes, operator, command, argument, outboxId });
    await addKey(transaction, { key: no, operator, command: "", argument: "", outboxId });
  }

  /** The confirmation a key belongs to, used or not. */
  async find(key: string): Promise<Confirmation | undefined> {
    const row = await this.#store.read((transaction) =>
      transaction.get<Row>("SELECT * FROM confirmations WHERE key = ?", key),
    );
    return row && toConfirmation(row);
  }

  /** Uses up both buttons of a question and says in their place what was chosen. */
  async consume(
    transaction: Transaction,
    { outboxId }: Confirmation,
    conversation: Conversation,
    words: string,
  ): Promise<void> {
    await transaction.run("UPDATE confirmations SET used = 1 WHERE outbox_id = ?", outboxId);
    await enqueue(transaction, {
      lane: outboxLane(conversation.key, "urgent"),
      method: "editMessageText",
      payload: { chat_id: conversation.chatId, message_of: outboxId, text: words },
    });
  }
}

/** Removes old questions, answered or not; see `PruneStep`. */
export async function pruneConfirmations(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM confirmations WHERE key IN (
       SELECT key FROM confirmations WHERE created_at < ? LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}

async function addKey(
  transaction: Transaction,
  { key, operator, command, argument, outboxId }: Omit<Confirmation, "isUsed">,
): Promise<void> {
  await transaction.run(
    `INSERT INTO confirmations (key, operator, command, argument, outbox_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    key,
    operator,
    command,
    argument,
    outboxId,
    Date.now(),
  );
}

const newKey = () => randomBytes(18).toString("base64url");

function toConfirmation(row: Row): Confirmation {
  return {
    key: row.key,
    operator: row.operator,
    command: row.command,
    argument: row.argument,
    isUsed: row.used === 1,
    outboxId: row.outbox_id,
  };
}
