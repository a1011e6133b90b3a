import { randomUUID } from "node:crypto";
import { type Agents, isAgentName } from "../agents/agents.ts";
import type { Conversation } from "../chat/conversation.ts";
import { maxCaptionLength, splitText } from "../chat/split.ts";
import { isVisible } from "../chat/visible.ts";
import { crashPoint } from "../crash.ts";
import { Refusal } from "../errors.ts";
import type { KeptFile } from "../outbox/kept-files.ts";
import { enqueue, waitingReplies } from "../outbox/outbox.ts";
import { say, target } from "../outbox/say.ts";
import type { Destinations } from "../prompts/destination.ts";
import { markReplied } from "../prompts/prompts.ts";
import type { Store, Transaction } from "../store/store.ts";

/** What an agent says. */
export interface Reply {
  text: string;
  files: KeptFile[];
  silent: boolean;
  /** Chosen by the sender, so that it may repeat a request whose answer it did not hear. */
  idempotencyKey: string | undefined;
  /** Stands for what the request said: see `digestOf`. */
  digest: string;
  /**
   * When the shell or tool that sends it began, in milliseconds since the epoch; now, where that is
   * not known.
   */
  began: number;
  /** The opencode session it comes from; undefined for a program outside of the agents. */
  session: string | undefined;
}

/** Who sends a reply, as the request says: by agent name, else by opencode session. */
export interface Speaker {
  agent?: string | undefined;
  session?: string | undefined;
}

/** What replies need. */
export interface RepliesOptions {
  store: Store;
  agents: Agents;
  destinations: Destinations;
}

/** Takes what agents say and adds it to the outbox for the right conversation. */
export class Replies {
  #options: RepliesOptions;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /**
   * The agent that sends the reply; undefined when the request names none, or an unknown session.
   * @throws Refusal 404 for a name that is not known.
   */
  async speaker({ agent, session }: Speaker): Promise<string | undefined> {
    const { agents } = this.#options;
    if (agent !== undefined) {
      const known = isAgentName(agent) ? await agents.get(agent) : undefined;
      if (!known) throw new Refusal(404, "There is no agent of that name.");
      return known.name;
    }
    if (session === undefined) return undefined;
    // An opencode that is down cannot say whose subagent this is.
    return (await agents.ofSession(session).catch(() => undefined))?.name;
  }

  /**
   * Resolves to the reply's id once it is on disk; the same idempotency key gives the same id, and
   * then nothing of this reply is stored: `isNew` is false.
   * @throws Refusal 400 for a reply without a file in which a reader sees nothing, 422 when its
   * idempotency key was used for another one.
   */
  async accept(agent: string | undefined, reply: Reply): Promise<{ id: string; isNew: boolean }> {
    const { store, destinations } = this.#options;
    if (!isVisible(reply.text) && reply.files.length === 0) {
      throw new Refusal(400, "There is neither text nor a file in it.");
    }
    const isOwn = await this.#isOwn(agent, reply);
    const accepted = await store.write(async (transaction) => {
      const before = await earlier(transaction, reply);
      if (before !== undefined) return { id: before, isNew: false };
      const id = randomUUID();
      await transaction.run(
        "INSERT INTO replies (id, idempotency_key, digest, agent, created_at) VALUES (?, ?, ?, ?, ?)",
        id,
        reply.idempotencyKey ?? null,
        reply.digest,
        agent ?? null,
        Date.now(),
      );
      if (agent !== undefined && isOwn) await markReplied(transaction, agent, reply);
      const conversation = await destinations.ofAgent(transaction, agent);
      await enqueueReply(transaction, conversation, id, reply);
      return { id, isNew: true };
    });
    crashPoint("reply stored");
    return accepted;
  }

  /**
   * The id of the reply that was accepted with the same idempotency key and said the same.
   * @throws Refusal 422 when it said something else.
   */
  earlier(reply: Pick<Reply, "idempotencyKey" | "digest">): Promise<string | undefined> {
    return this.#options.store.read((transaction) => earlier(transaction, reply));
  }

  /** Whether the agent itself says it: neither a subagent of its nor a program elsewhere. */
  async #isOwn(agent: string | undefined, { session }: Reply): Promise<boolean> {
    if (agent === undefined || session === undefined) return false;
    return (await this.#options.agents.get(agent))?.sessionId === session;
  }
}

/**
 * Removes replies that were sent; see `PruneStep`. Until then the idempotency key recognises a repeat.
 */
export async function pruneReplies(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const waiting = await waitingReplies(transaction, olderThan);
  const { changes } = await transaction.run(
    `DELETE FROM replies WHERE id IN (
       SELECT id FROM replies
       WHERE created_at < ? AND id NOT IN (${waiting.map(() => "?").join(", ") || "''"}) LIMIT ?)`,
    olderThan,
    ...waiting,
    limit,
  );
  return changes;
}

async function earlier(
  transaction: Transaction,
  { idempotencyKey: key, digest }: Pick<Reply, "idempotencyKey" | "digest">,
): Promise<string | undefined> {
  if (key === undefined) return undefined;
  const row = await transaction.get<{ id: string; digest: string | null }>(
    "SELECT id, digest FROM replies WHERE idempotency_key = ?",
    key,
  );
  // A reply of an earlier version has no digest.
  if (row?.digest != null && row.digest !== digest) {
    throw new Refusal(422, "The Idempotency-Key was used for another message. Use a new one.");
  }
  return row?.id;
}

async function enqueueReply(
  transaction: Transaction,
  conversation: Conversation,
  replyId: string,
  { text, files, silent }: Reply,
): Promise<void> {
  // A longer text goes before the files.
  const isCaption = files.length > 0 && text.length <= maxCaptionLength;
  if (!isCaption) await say(transaction, conversation, text, { replyId, silent });
  for (const [index, document] of files.entries()) {
    const [caption] = isCaption && index === 0 ? splitText(text, maxCaptionLength) : [];
    await enqueue(transaction, {
      lane: conversation.key,
      method: "sendDocument",
      payload: {
        ...target(conversation),
        document,
        ...(caption !== undefined && { caption }),
        ...(silent && { disable_notification: true }),
      },
      replyId,
    });
  }
}
