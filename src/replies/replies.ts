import { randomUUID } from "node:crypto";
import type { Caller } from "../access/callers.ts";
import { type Agent, type Agents, isAgentName } from "../agents/agents.ts";
import { agentNamed } from "../agents/identity.ts";
import { isVisible } from "../chat/visible.ts";
import { crashPoint } from "../crash.ts";
import { Refusal } from "../errors.ts";
import { type AnswerFiles, type Format, prepareAnswer } from "../outbox/answer.ts";
import type { KeptFile } from "../outbox/kept-files.ts";
import { mediaOf } from "../outbox/media.ts";
import { waitingReplies } from "../outbox/prune.ts";
import { programs, requireRoom } from "../outbox/share.ts";
import type { Destinations } from "../prompts/destination.ts";
import type { CallPrompts } from "../prompts/call-prompts.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { markReplied } from "../prompts/prompts.ts";
import { speechOf } from "../prompts/speech.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { addChoices, requireChoices } from "./choices.ts";
import { enqueueReply } from "./enqueue-reply.ts";

/** What an agent says. */
export interface Reply {
  text: string;
  /** How the text is meant; default `markdown`. */
  format?: Format | undefined;
  files: KeptFile[];
  /** The words of the buttons below it, if it has any; see `requireChoices`. */
  buttons?: readonly string[] | undefined;
  silent: boolean;
  /** Chosen by the sender, so that it may repeat a request whose answer it did not hear. */
  idempotencyKey: string | undefined;
  /** Stands for what the request said: see `digestOf`. */
  digest: string;
  /** The id of the agent as it was known when it began to speak; undefined where only its name is. */
  speakerId?: string | undefined;
  /** The opencode session it comes from; undefined for a program outside of the agents. */
  session: string | undefined;
  /** The tool call of that session in which it was said, or which started the program that says it. */
  call: string | undefined;
  /** It comes by the machine's own token, not by an agent's. */
  isProgram: boolean;
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
  callPrompts: CallPrompts;
  /** Where answers that are too long for messages wait to be sent. */
  files: AnswerFiles;
}

/** Takes what agents say and adds it to the outbox for the right conversation. */
export class Replies {
  #options: RepliesOptions;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /**
   * The agent that sends the reply. An agent is who its token says; a program may name one, by its
   * session as well: undefined when it names none, or an unknown session.
   * @throws Refusal 403 for an agent that names another, 404 for a name that is not known, 503 when only
   * opencode could say whose subagent it is and does not answer.
   */
  async speaker(
    caller: Caller | null,
    { agent, session }: Speaker,
  ): Promise<Pick<Agent, "id" | "name"> | undefined> {
    const { agents } = this.#options;
    if (caller?.kind === "agent") {
      if (agent === undefined || agent === caller.agent) {
        return { id: caller.id, name: caller.agent };
      }
      throw new Refusal(403, "An agent speaks and reads only for itself.");
    }
    if (agent !== undefined) {
      const known = isAgentName(agent) ? await agents.get(agent) : undefined;
      if (!known) throw new Refusal(404, "There is no agent of that name.");
      return known;
    }
    if (session === undefined) return undefined;
    return agents.ofSession(session).catch(unknownTurn);
  }

  /**
   * Resolves to the reply's id once it is on disk; the same idempotency key gives the same id, and
   * then nothing of this reply is stored: `isNew` is false.
   * @throws Refusal 400 for a reply without a file in which a reader sees nothing, or with buttons that none
   * may have, 422 when its
   * idempotency key was used for another one, 429 when too much of the agent waits, 503 when opencode
   * does not answer in whose turn it was said, and that could be another conversation's, or the agent was
   * renamed at the same moment.
   */
  async accept(agent: string | undefined, reply: Reply): Promise<{ id: string; isNew: boolean }> {
    const { store, destinations, files } = this.#options;
    if (!isVisible(reply.text) && reply.files.length === 0) {
      throw new Refusal(400, "There is neither text nor a file in it.");
    }
    const { buttons } = reply;
    if (buttons) requireChoices(buttons);
    if (buttons && agent === undefined) {
      throw new Refusal(400, "Only an agent's message has buttons: name the agent.");
    }
    const prompt = await this.#promptOf(agent, reply);
    const session = agent === undefined ? undefined : await this.#sessionOf(agent);
    const isOwn = session !== undefined && session === reply.session && !reply.isProgram;
    const { text, format, isProgram, speakerId } = reply;
    // Nobody is to take a program's words for an agent's.
    const mark = isProgram ? texts.replies.fromProgram({ text: "" }) : "";
    const media = await Promise.all(reply.files.map(mediaOf));
    const answer = await prepareAnswer(files, text, { format, before: mark });
    let isNew = false;
    try {
      const accepted = await store.write(async (transaction) => {
        const before = await earlier(transaction, reply);
        if (before !== undefined) return { id: before, isNew: false };
        // Renamed since it was known who speaks: nobody has this name now, or another agent has.
        const known = agent === undefined ? undefined : await agentNamed(transaction, agent);
        const isOther = speakerId !== undefined && known?.id !== speakerId;
        if (agent !== undefined && (!known || isOther))
          throw new Refusal(503, "The agent was renamed at the same moment. Send it again.");
        const id = randomUUID();
        await transaction.run(
          "INSERT INTO replies (id, idempotency_key, digest, agent, created_at) VALUES (?, ?, ?, ?, ?)",
          id,
          reply.idempotencyKey ?? null,
          reply.digest,
          agent ?? null,
          Date.now(),
        );
        const asked = prompt && "id" in prompt ? prompt : undefined;
        if (asked && isOwn) await markReplied(transaction, asked.id, text);
        const conversation = await destinations.of(transaction, agent, prompt);
        const share = agent ?? programs;
        await requireRoom(transaction, share, sizeOf(reply));
        const speech =
          agent === undefined
            ? undefined
            : await speechOf(transaction, { agent, session }, asked, conversation);
        const choices =
          speech && buttons
            ? await addChoices(transaction, buttons, {
                ...speech,
                conversation: conversation.key,
              })
            : undefined;
        await enqueueReply(transaction, conversation, {
          silent: reply.silent,
          files: media,
          answer,
          id,
          share,
          speech,
          choices,
        });
        return { id, isNew: true };
      });
      ({ isNew } = accepted);
      crashPoint("reply stored");
      return accepted;
    } finally {
      if (!isNew && answer.document) await files.drop(answer.document.path);
    }
  }

  async #sessionOf(agent: string): Promise<string | undefined> {
    return (await this.#options.agents.get(agent))?.sessionId;
  }

  /** The prompt in whose turn it is said, or whose conversation alone it can be for. */
  async #promptOf(
    agent: string | undefined,
    { session, call }: Reply,
  ): Promise<Prompt | { conversation: string } | undefined> {
    if (agent === undefined || session === undefined || call === undefined) return undefined;
    const { callPrompts } = this.#options;
    try {
      return await callPrompts.find(agent, { sessionId: session, callId: call });
    } catch (error) {
      const conversation = await callPrompts.onlyConversation(agent);
      return conversation === undefined ? unknownTurn(error) : { conversation };
    }
  }

  /**
   * The id of the reply that was accepted with the same idempotency key and said the same.
   * @throws Refusal 422 when it said something else.
   */
  earlier(reply: Pick<Reply, "idempotencyKey" | "digest">): Promise<string | undefined> {
    return this.#options.store.read((transaction) => earlier(transaction, reply));
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

/** Words whose conversation is not known yet are not sent anywhere; the sender tries again. */
function unknownTurn(cause: unknown): never {
  throw new Refusal(503, "opencode does not answer, so it is not known whom this is for.", {
    cause,
  });
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

function sizeOf({ text, files }: Reply): number {
  return files.reduce((sum, { bytes }) => sum + bytes, text.length);
}
