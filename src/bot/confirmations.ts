import { randomBytes } from "node:crypto";
import { owe } from "../outbox/outbox.ts";
import { target } from "../outbox/say.ts";
import type { Store, Transaction } from "../store/store.ts";
import type { Conversation } from "../chat/conversation.ts";

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

  /** Asks inside the transaction that ends the command's update. */
  ask(
    transaction: Transaction,
    about: {
      where: Conversation;
      operator: number;
      command: string;
      argument: string;
      text: string;
    },
  ): void {
    const { where, operator, command, argument, text } = about;
    const [yes, no] = [newKey(), newKey()];
    const outboxId = owe(transaction, {
      lane: where.key,
      method: "sendMessage",
      payload: {
        ...target(where),
        text,
        reply_markup: {
          inline_keyboard: [
            [
              { text: "Do it", callback_data: yes },
              { text: "Leave it", callback_data: no },
            ],
          ],
        },
      },
    });
    const insert = `INSERT INTO confirmations
      (key, operator, command, argument, outbox_id, created_at) VALUES (?, ?, ?, ?, ?, ?)`;
    transaction.run(insert, yes, operator, command, argument, outboxId, Date.now());
    transaction.run(insert, no, operator, "", "", outboxId, Date.now());
  }

  /** The confirmation a key belongs to, spent or not. */
  find(key: string): Promise<Confirmation | undefined> {
    return this.#store.read((transaction) => {
      const row = transaction.get<Row>("SELECT * FROM confirmations WHERE key = ?", key);
      return row && { ...row, isUsed: row.used === 1, outboxId: row.outbox_id };
    });
  }

  /** Spends both buttons of a question and says in their place what was chosen. */
  spend(
    transaction: Transaction,
    confirmation: Confirmation,
    where: Conversation,
    words: string,
  ): void {
    const { outboxId } = confirmation;
    transaction.run("UPDATE confirmations SET used = 1 WHERE outbox_id = ?", outboxId);
    owe(transaction, {
      lane: where.key,
      method: "editMessageText",
      payload: { chat_id: where.chatId, message_of: outboxId, text: words },
    });
  }
}

const newKey = () => randomBytes(18).toString("base64url");
