import { EventEmitter } from "node:events";
import { isInSession, type StartedAgent } from "../agents/agents.ts";
import { onOneLine } from "../chat/hidden.ts";
import type { Opencode } from "../opencode/client.ts";
import type { Decision } from "../opencode/session-reader.ts";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";
import type { Destinations } from "../prompts/destination.ts";
import type { CallPrompts } from "../prompts/call-prompts.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { currentPrompt } from "../prompts/prompts.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import {
  type Answer,
  type Card,
  type CardContext,
  draftCard,
  type PermissionReply,
} from "./card.ts";
import { readContext } from "./card-context.ts";
import { makeDocument } from "./card-document.ts";
import { addCard, findCard, openCards } from "./card-table.ts";
import { closeCard, sendCard } from "./card-view.ts";

/** What the cards need. */
export interface CardsOptions {
  store: Store;
  destinations: Destinations;
  callPrompts: Pick<CallPrompts, "find">;
  client: Pick<Opencode, "message" | "session">;
  /** Where the documents of long cards wait to be sent. */
  files: Pick<KeptFiles, "place" | "flush" | "drop">;
}

/** What the cards tell. */
export interface CardsEvents {
  /** A request is shown to its operators for the first time. */
  shown: [kind: Decision["kind"]];
}

const { endings } = texts.cards;
/** How the card of a request ended that opencode decided along with another one of its session. */
const withOther = {
  once: endings.once,
  always: endings.alwaysAlong,
  reject: endings.rejectAlong,
};

/** The words for what an operator decided. */
export function endingOf(answer: Answer): string {
  if (answer.kind === "permission") return endings[answer.reply];
  if (answer.kind === "dismissal") return endings.dismissed;
  return endings.answered({ answers: answer.answers.map(inWords).join("; ") });
}

/** The labels an operator chose, in visible characters. */
export function inWords(labels: string[]): string {
  return labels.map(onOneLine).join(", ");
}

/** The cards: one message per decision opencode waits for. */
export class Cards extends EventEmitter<CardsEvents> {
  #options: CardsOptions;
  #store: Store;

  constructor(options: CardsOptions) {
    super();
    this.#options = options;
    this.#store = options.store;
  }

  /**
   * Brings the cards of an agent in step with what opencode waits for: shows each new request once,
   * and closes the card of each that nothing waits for any more. Nothing when the agent was stopped, or
   * has got another session, by the time they would be shown.
   * @throws OpencodeUnreachable when opencode does not say in whose turn a new request was made, or
   * what it is about.
   */
  async sync(
    { name: agent, sessionId }: Pick<StartedAgent, "name" | "sessionId">,
    decisions: Decision[],
  ): Promise<void> {
    const { open, added } = await this.#store.read(async (transaction) => {
      const unseen: Decision[] = [];
      for (const decision of decisions) {
        if (!(await findCard(transaction, decision.id))) unseen.push(decision);
      }
      return { open: await openCards(transaction, agent), added: unseen };
    });
    const over = open.filter(({ requestId }) => !decisions.some(({ id }) => id === requestId));
    if (added.length === 0 && over.length === 0) return;
    const asked = await Promise.all(added.map((decision) => this.#prepare(agent, decision)));
    const shown = new Set<Asked>();
    try {
      await this.#store.write(async (transaction) => {
        if (!(await isInSession(transaction, agent, sessionId))) return;
        for (const one of asked) {
          if (await this.#show(transaction, agent, one)) shown.add(one);
        }
        for (const { requestId } of over) {
          const card = open.find((one) => one.requestId === requestId);
          const along = card && open.find((one) => decidesAlong(one, card));
          const how = along ? withOther[replyOf(along) ?? "once"] : endings.elsewhere;
          await closeCard(transaction, requestId, how);
        }
      });
      for (const { decision } of shown) this.emit("shown", decision.kind);
    } catch (error) {
      shown.clear();
      throw error;
    } finally {
      // Of a card that somebody else has just added.
      for (const one of asked) {
        if (one.file && !shown.has(one)) await this.#options.files.drop(one.file.path);
      }
    }
  }

  /** Whether an agent has an open card that is none of these decisions'. */
  async hasOther(agent: string, decisions: Decision[]): Promise<boolean> {
    const open = await this.#store.read((transaction) => openCards(transaction, agent));
    return open.some(({ requestId }) => !decisions.some(({ id }) => id === requestId));
  }

  /** Whether an agent has a card that is not closed. */
  async hasOpen(agent: string): Promise<boolean> {
    const open = await this.#store.read((transaction) => openCards(transaction, agent));
    return open.length > 0;
  }

  /** Closes the card of a request with the words for how it was decided. */
  async close(requestId: string, how: string): Promise<void> {
    await this.#store.write((transaction) => closeCard(transaction, requestId, how));
  }

  /**
   * Closes the card of a permission that opencode took the operator's answer to, and the cards of those
   * it decided along with it: of the same session and not in `waiting`, the ids that still wait.
   */
  async closeWithOthers(
    requestId: string,
    reply: PermissionReply,
    waiting: readonly string[],
  ): Promise<void> {
    await this.#store.write(async (transaction) => {
      const card = await findCard(transaction, requestId);
      const open = card ? await openCards(transaction, card.agent) : [];
      for (const other of open) {
        if (card && decidesAlong(card, other) && !waiting.includes(other.requestId)) {
          await closeCard(transaction, other.requestId, withOther[reply]);
        }
      }
      await closeCard(transaction, requestId, endings[reply]);
    });
  }

  /**
   * Closes the card of a permission that nobody answered here: it was decided in the terminal, or along
   * with one of its session that was answered here.
   */
  async closeUnanswered(requestId: string, reply: PermissionReply): Promise<void> {
    await this.#store.write(async (transaction) => {
      const card = await findCard(transaction, requestId);
      if (card?.state !== "open") return;
      const others = await openCards(transaction, card.agent);
      const isAlong = others.some((one) => replyOf(one) === reply && decidesAlong(one, card));
      const how = isAlong ? withOther[reply] : endings.inTerminal({ ending: endings[reply] });
      await closeCard(transaction, requestId, how);
    });
  }

  /** The decisions operators made about an agent's requests that opencode does not know of yet. */
  async answered(agent: string): Promise<{ requestId: string; answer: Answer }[]> {
    const open = await this.#store.read((transaction) => openCards(transaction, agent));
    return open.flatMap(({ requestId, state, answer }) =>
      state === "answered" && answer ? { requestId, answer } : [],
    );
  }

  async #prepare(agent: string, decision: Decision): Promise<Asked> {
    const { callPrompts, client, files } = this.#options;
    const { sessionID: sessionId, tool } = decision.request;
    const prompt = await callPrompts.find(agent, { sessionId, callId: tool?.callID });
    const context = await readContext(client, decision);
    const file = await makeDocument(files, draftCard(agent, decision, context));
    return { decision, prompt, context, file };
  }

  /** Resolves to whether the card is new. */
  async #show(
    transaction: Transaction,
    agent: string,
    { decision, prompt: found, context, file }: Asked,
  ): Promise<boolean> {
    const prompt = found ?? (await currentPrompt(transaction, agent));
    const conversation = await this.#options.destinations.of(transaction, agent, prompt);
    const card = await addCard(transaction, {
      agent,
      conversation: conversation.key,
      operator: prompt?.operator,
      context,
      decision,
    });
    if (card) await sendCard(transaction, card, conversation, file);
    return card !== undefined;
  }
}

function replyOf({ answer }: Card): PermissionReply | undefined {
  return answer?.kind === "permission" ? answer.reply : undefined;
}

/**
 * Whether the operator's answer to `card` decides `other` as well: opencode 1.18 rejects every permission
 * that waits in the same session, and after "always" allows those that are covered by it.
 */
function decidesAlong(card: Card, other: Card): boolean {
  const isOther = card.requestId !== other.requestId && other.state === "open";
  const isWide = replyOf(card) === "reject" || replyOf(card) === "always";
  const isPermission = other.asked.kind === "permission";
  const isSameSession = card.asked.request.sessionID === other.asked.request.sessionID;
  return isOther && isWide && isPermission && isSameSession;
}

/** A request whose card is to be shown. */
interface Asked {
  decision: Decision;
  prompt: Prompt | undefined;
  context: CardContext;
  /** Its document, when it is too long for messages. */
  file: KeptFile | undefined;
}
