import { conversation, type Conversation } from "../chat/conversation.ts";
import type { Store, Transaction } from "../store/store.ts";
import { defaultAgent } from "./agents.ts";

interface Row {
  chat_id: number;
  thread_id: number | null;
  agent: string;
}

/** Binds a conversation to an agent, or keeps its binding when `agent` is undefined. */
export async function useConversation(
  transaction: Transaction,
  used: Conversation,
  agent?: string,
): Promise<void> {
  await transaction.run(
    `INSERT INTO conversations (key, chat_id, thread_id, agent, used_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at,
       agent = coalesce(?, conversations.agent)`,
    used.key,
    used.chatId,
    used.threadId ?? null,
    agent ?? defaultAgent,
    Date.now(),
    agent ?? null,
  );
}

/**
 * The conversation bound to an agent that was used last, else the last one any operator used; only
 * one in `allowedChats`, though the store may know others from earlier settings.
 */
export async function lastConversation(
  transaction: Transaction,
  agent: string | undefined,
  allowedChats: readonly number[],
): Promise<Conversation | undefined> {
  const isAllowed = `chat_id IN (${allowedChats.map(() => "?").join(", ")})`;
  const row =
    (agent !== undefined &&
      (await transaction.get<Row>(
        `SELECT * FROM conversations WHERE agent = ? AND ${isAllowed}
         ORDER BY used_at DESC LIMIT 1`,
        agent,
        ...allowedChats,
      ))) ||
    (await transaction.get<Row>(
      `SELECT * FROM conversations WHERE ${isAllowed} ORDER BY used_at DESC LIMIT 1`,
      ...allowedChats,
    ));
  return row && conversation(row.chat_id, row.thread_id ?? undefined);
}

/** Gives a group's conversation the id it has as a supergroup; a basic group has no topics. */
export async function moveConversation(
  transaction: Transaction,
  from: number,
  to: number,
): Promise<void> {
  await transaction.run(
    `UPDATE conversations SET key = ?, chat_id = ?
     WHERE key = ? AND NOT EXISTS (SELECT 1 FROM conversations WHERE key = ?)`,
    `${to}`,
    to,
    `${from}`,
    `${to}`,
  );
}

/** The agent a conversation is bound to, as of this transaction; `default_agent` unless switched. */
export async function boundAgent(
  transaction: Transaction,
  { key }: Pick<Conversation, "key">,
): Promise<string> {
  const row = await transaction.get<Row>("SELECT * FROM conversations WHERE key = ?", key);
  return row?.agent ?? defaultAgent;
}

/** Which agent each conversation talks to. */
export class Conversations {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The agent a conversation is bound to; `default_agent` unless switched. */
  agentOf(used: Conversation): Promise<string> {
    return this.#store.read((transaction) => boundAgent(transaction, used));
  }

  /** Whether nobody has sent a prompt or chosen an agent in a conversation yet. */
  async isNew({ key }: Conversation): Promise<boolean> {
    const row = await this.#store.read((transaction) =>
      transaction.get<Row>("SELECT * FROM conversations WHERE key = ?", key),
    );
    return row === undefined;
  }
}
