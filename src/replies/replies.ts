import { crashPoint } from "../crash.ts";
import { randomUUID } from "node:crypto";
import { Refusal } from "../errors.ts";
import { owe } from "../outbox/outbox.ts";
import { say, target } from "../outbox/say.ts";
import type { Store, Transaction } from "../store/store.ts";
import { maxCaptionLength, splitText } from "../chat/split.ts";
import { type Agents, isAgentName } from "../agents/agents.ts";
import type { Conversations } from "../agents/conversations.ts";
import { markReplied } from "../prompts/prompts.ts";
import type { KeptFile } from "./reply-files.ts";
import type { SessionTree } from "../opencode/session-reader.ts";

/** What an agent says. */
export interface Reply {
  text: string;
  files: KeptFile[];
  silent: boolean;
  /** Chosen by the sender, so that it may repeat a request whose answer it did not hear. */
  idempotencyKey: string | undefined;
  /**
   * When the shell or tool that sends it began, in milliseconds since the epoch; undefined when it is
   * none of the agent's own.
   */
  began: number | undefined;
}

/** Who speaks, as the request says it: by name, else by opencode session. */
export interface Speaker {
  agent?: string | undefined;
  session?: string | undefined;
}

/** What replies need. */
export interface RepliesOptions {
  store: Store;
  agents: Agents;
  conversations: Conversations;
  tree: SessionTree;
  /** Called when something was added to the outbox. */
  owed: () => void;
}

/** Takes what agents say and owes it to the right conversation. */
export class Replies {
  #options: RepliesOptions;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /**
   * The agent that speaks; undefined when the request names none.
   * @throws Refusal 404 for a name that is not known.
   */
  async speaker({ agent, session }: Speaker): Promise<string | undefined> {
    const { agents, tree } = this.#options;
    if (agent !== undefined) {
      const known = isAgentName(agent) ? await agents.get(agent) : undefined;
      if (!known) throw new Refusal(404, "There is no agent of that name.");
      return known.name;
    }
    if (session === undefined) return undefined;
    const known = await agents.bySession(session);
    if (known) return known.name;
    // A subagent speaks with its own session's id. An opencode that is down cannot be asked.
    const root = await tree.rootOf(session).catch(() => session);
    return (await agents.bySession(root))?.name;
  }

  /**
   * Resolves to the reply's id once it is on disk; the same idempotency key gives the same id, and
   * then nothing of this reply is kept: `isNew` is false.
   */
  async accept(agent: string | undefined, reply: Reply): Promise<{ id: string; isNew: boolean }> {
    const { store, conversations, owed } = this.#options;
    const accepted = await store.write((transaction) => {
      const before = earlier(transaction, reply.idempotencyKey);
      if (before !== undefined) return { id: before, isNew: false };
      const replyId = randomUUID();
      transaction.run(
        "INSERT INTO replies (id, idempotency_key, agent, created_at) VALUES (?, ?, ?, ?)",
        replyId,
        reply.idempotencyKey ?? null,
        agent ?? null,
        Date.now(),
      );
      if (agent !== undefined && reply.began !== undefined) {
        markReplied(transaction, agent, reply.began);
      }
      const where = conversations.ofAgentIn(transaction, agent);
      oweReply(transaction, where, replyId, reply);
      return { id: replyId, isNew: true };
    });
    crashPoint("reply owed");
    owed();
    return accepted;
  }
}

function earlier(transaction: Transaction, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  return transaction.get<{ id: string }>("SELECT id FROM replies WHERE idempotency_key = ?", key)
    ?.id;
}

function oweReply(
  transaction: Transaction,
  where: ReturnType<Conversations["ofAgentIn"]>,
  replyId: string,
  { text, files, silent }: Reply,
): void {
  // A longer text goes before the files.
  const isCaption = files.length > 0 && text.length <= maxCaptionLength;
  if (!isCaption) say(transaction, where, text, { replyId, silent });
  for (const [index, document] of files.entries()) {
    const [caption] = isCaption && index === 0 ? splitText(text, maxCaptionLength) : [];
    owe(transaction, {
      lane: where.key,
      method: "sendDocument",
      payload: {
        ...target(where),
        document,
        ...(caption !== undefined && { caption }),
        ...(silent && { disable_notification: true }),
      },
      replyId,
    });
  }
}
