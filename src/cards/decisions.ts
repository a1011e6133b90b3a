import { isInSession, type StartedAgent } from "../agents/agents.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import type { Logger } from "../log.ts";
import type { Opencode } from "../opencode/client.ts";
import { isMissing } from "../opencode/errors.ts";
import type { Decision, SessionReader } from "../opencode/session-reader.ts";
import { say } from "../outbox/say.ts";
import { takeBlocked } from "../prompts/prompts.ts";
import type { Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { Answer, PermissionReply } from "./card.ts";
import { type Cards, endingOf } from "./cards.ts";
import { allowAsked } from "./yolo.ts";

const { endings } = texts.cards;

/** What passing decisions on needs. */
export interface DecisionsOptions {
  store: Store;
  cards: Cards;
  client: Pick<Opencode, "answerPermission" | "answerQuestion" | "permissions" | "rejectQuestion">;
  reader: Pick<SessionReader, "leftovers">;
  log: Logger;
}

/** Takes what opencode waits for to the operators, and their answers to opencode. */
export class Decisions {
  #options: DecisionsOptions;

  constructor(options: DecisionsOptions) {
    this.#options = options;
  }

  /**
   * Shows the decisions that an agent's session waits for, passes on those that were made, and tells
   * the authors of waiting prompts that a decision comes first, each once.
   * @throws when opencode cannot be told; the answer stays and is passed on later.
   */
  async reconcile(agent: StartedAgent, asked: Decision[]): Promise<void> {
    const { cards } = this.#options;
    const decisions = await allowAsked(this.#options, agent, asked);
    if (await cards.hasOther(agent.name, decisions)) await this.rejectLeftovers(agent);
    await cards.sync(agent, decisions);
    await this.#passOn(agent, decisions);
    if (decisions.length > 0) await this.#notifyBlocked(agent);
  }

  /**
   * Rejects what an aborted turn has left in opencode's lists and closes its cards: opencode 1.18 keeps
   * such a request, and the terminal its dialog, for ever.
   */
  async rejectLeftovers(agent: StartedAgent): Promise<void> {
    const { cards, reader, log } = this.#options;
    for (const { id, kind } of await reader.leftovers(agent)) {
      log.info({ agent: agent.name, request: id }, "rejecting what an ended turn has asked");
      // First, or the card would say that it was rejected in the terminal.
      await cards.close(id, endings.ended);
      await this.#answer(
        agent,
        id,
        kind === "permission" ? { kind, reply: "reject" } : { kind: "dismissal" },
      );
    }
  }

  async #passOn(agent: StartedAgent, decisions: Decision[]): Promise<void> {
    const { cards } = this.#options;
    for (const { requestId, answer } of await cards.answered(agent.name)) {
      if (!decisions.some(({ id }) => id === requestId)) continue;
      const isTaken = await this.#answer(agent, requestId, answer);
      if (!isTaken) await cards.close(requestId, endings.elsewhere);
      else if (answer.kind !== "permission") await cards.close(requestId, endingOf(answer));
      else await this.#closePermission(agent, requestId, answer.reply);
    }
  }

  /** Also closes the cards that were decided with it, before an event says that they were rejected. */
  async #closePermission({ directory }: StartedAgent, requestId: string, reply: PermissionReply) {
    const { cards, client } = this.#options;
    const waiting = reply === "once" ? [] : await client.permissions(directory);
    await cards.closeWithOthers(
      requestId,
      reply,
      waiting.map(({ id }) => id),
    );
  }

  /** Whether opencode took the answer; false when the request was decided or gone before. */
  async #answer(agent: StartedAgent, requestId: string, answer: Answer): Promise<boolean> {
    const { client } = this.#options;
    const { directory } = agent;
    try {
      if (answer.kind === "permission") {
        await client.answerPermission(requestId, directory, answer.reply);
      } else if (answer.kind === "question") {
        await client.answerQuestion(requestId, directory, answer.answers);
      } else {
        await client.rejectQuestion(requestId, directory);
      }
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async #notifyBlocked({ name: agent, sessionId }: StartedAgent): Promise<void> {
    await this.#options.store.writeBehind(async (transaction) => {
      // Of another session than its present one no card is above.
      if (!(await isInSession(transaction, agent, sessionId))) return;
      for (const { conversation } of await takeBlocked(transaction, agent)) {
        await say(transaction, conversationFromKey(conversation), texts.cards.queued({ agent }));
      }
    });
  }
}
