import type { Store, Transaction } from "../store/store.ts";
import { conversation, type Conversation } from "../chat/conversation.ts";
import { defaultAgent } from "./agents.ts";

interface Row {
  chat_id: number;
  thread_id: number | null;
  agent: string;
}

/** Which agent each conversation talks to, and where an agent's words go. */
export class Conversations {
  #store: Store;
  #allowedChats: readonly number[];

  /**
   * Words go to one of `allowedChats` alone, though the store may know others from earlier settings;
   * to the first before any operator has written.
   */
  constructor(store: Store, allowedChats: readonly number[]) {
    this.#store = store;
    this.#allowedChats = allowedChats;
  }

  /** The agent a conversation is bound to; `default_agent` unless switched. */
  agentOf(where: Conversation): Promise<string> {
    return this.#store.read((transaction) => {
      const row = transaction.get<Row>("SELECT * FROM conversations WHERE key = ?", where.key);
      return row?.agent ?? defaultAgent;
    });
  }

  /**
   * Where an agent's words go: the conversation whose prompt it works on, else the one bound to it
   * that was used last, else the last one any operator used.
   */
  ofAgent(agent: string): Promise<Conversation> {
    return this.#store.read((transaction) =>
      conversationOfAgent(transaction, agent, this.#allowedChats),
    );
  }

  /** As `ofAgent`, inside a transaction. */
  ofAgentIn(transaction: Transaction, agent: string | undefined): Conversation {
    return conversationOfAgent(transaction, agent, this.#allowedChats);
  }
}

/** Binds a conversation to an agent, or keeps its binding when `agent` is undefined. */
export function useConversation(
  transaction: Transaction,
  where: Conversation,
  agent?: string,
): void {
  transaction.run(
    `INSERT INTO conversations (key, chat_id, thread_id, agent, used_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at, agent = coalesce(?, agent)`,
    where.key,
    where.chatId,
    where.threadId ?? null,
    agent ?? defaultAgent,
    Date.now(),
    agent ?? null,
  );
}

function conversationOfAgent(
  transaction: Transaction,
  agent: string | undefined,
  allowedChats: readonly number[],
): Conversation {
  const allowed = JSON.stringify(allowedChats);
  const isAllowed = "chat_id IN (SELECT value FROM json_each(?))";
  const row =
    transaction.get<Row>(
      `SELECT conversations.* FROM prompts JOIN conversations ON key = prompts.conversation
       WHERE prompts.agent = ? AND state IN ('delivering', 'running') AND ${isAllowed}
       ORDER BY id LIMIT 1`,
      agent ?? null,
      allowed,
    ) ??
    transaction.get<Row>(
      `SELECT * FROM conversations WHERE agent = ? AND ${isAllowed}
       ORDER BY used_at DESC LIMIT 1`,
      agent ?? null,
      allowed,
    ) ??
    transaction.get<Row>(
      `SELECT * FROM conversations WHERE ${isAllowed} ORDER BY used_at DESC LIMIT 1`,
      allowed,
    );
  if (row) return conversation(row.chat_id, row.thread_id ?? undefined);
  return conversation(allowedChats[0] ?? 0);
}
