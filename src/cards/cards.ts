import { answerPress } from "../outbox/say.ts";
import type { Decision } from "../opencode/session-reader.ts";
import type { Destinations } from "../prompts/destination.ts";
import type { CallPrompts } from "../prompts/call-prompts.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { currentPrompt } from "../prompts/prompts.ts";
import type { Store, Transaction } from "../store/store.ts";
import { type Action, type Answer, type Card, type PermissionReply, questionsOf } from "./card.ts";
import {
  addCard,
  consumeKeys,
  findCard,
  findKey,
  openCards,
  recordAnswer,
  recordChosen,
} from "./card-table.ts";
import { closeCard, redrawCard, sendCard, showNext } from "./card-view.ts";

/** A press of a button, as Telegram reports it. */
export interface Press {
  queryId: string;
  key: string;
  operator: number;
}

/** How a card says it ended. */
export const endings = {
  once: "Allowed once.",
  always: "Always allowed.",
  reject: "Rejected.",
  dismissed: "Dismissed.",
  elsewhere: "Answered in the terminal, or no longer waiting.",
  ended: "The turn has ended; nothing waits for this.",
};

/** How the card of a request ended that opencode decided along with another one of its session. */
const withOther = {
  once: endings.once,
  always: "Allowed with the other request.",
  reject: "Rejected with the other request.",
};

/** The words for what an operator decided. */
export function endingOf(answer: Answer): string {
  if (answer.kind === "permission") return endings[answer.reply];
  if (answer.kind === "dismissal") return endings.dismissed;
  return `Answered: ${answer.answers.map((labels) => labels.join(", ")).join("; ")}`;
}

/**
 * Acts on a press of a card's button in the transaction that ends its update, and answers it. A
 * button works once and, where an operator's prompt made the agent ask, for that operator only.
 */
export async function pressCard(transaction: Transaction, press: Press): Promise<void> {
  await answerPress(transaction, press.queryId, await act(transaction, press));
}

/** The cards: one message per decision opencode waits for. */
export class Cards {
  #store: Store;
  #destinations: Destinations;
  #callPrompts: Pick<CallPrompts, "find">;

  constructor(store: Store, destinations: Destinations, callPrompts: Pick<CallPrompts, "find">) {
    this.#store = store;
    this.#destinations = destinations;
    this.#callPrompts = callPrompts;
  }

  /**
   * Brings the cards of an agent in step with what opencode waits for: shows each new request once,
   * and closes the card of each that nothing waits for any more.
   * @throws OpencodeUnreachable when opencode does not say in whose turn a new request was made.
   */
  async sync(agent: string, decisions: Decision[]): Promise<void> {
    const { open, added } = await this.#store.read(async (transaction) => {
      const unseen: Decision[] = [];
      for (const decision of decisions) {
        if (!(await findCard(transaction, decision.id))) unseen.push(decision);
      }
      return { open: await openCards(transaction, agent), added: unseen };
    });
    const over = open.filter(({ requestId }) => !decisions.some(({ id }) => id === requestId));
    if (added.length === 0 && over.length === 0) return;
    const asked = await Promise.all(
      added.map(async (decision) => ({ decision, prompt: await this.#promptOf(agent, decision) })),
    );
    await this.#store.write(async (transaction) => {
      for (const { decision, prompt } of asked) {
        await this.#show(transaction, agent, decision, prompt);
      }
      for (const { requestId } of over) {
        const card = open.find((one) => one.requestId === requestId);
        const along = card && open.find((one) => decidesAlong(one, card));
        const how = along ? withOther[replyOf(along) ?? "once"] : endings.elsewhere;
        await closeCard(transaction, requestId, how);
      }
    });
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
      const how = isAlong ? withOther[reply] : `In the terminal: ${endings[reply]}`;
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

  #promptOf(agent: string, { request }: Decision): Promise<Prompt | undefined> {
    const { sessionID: sessionId, tool } = request;
    return this.#callPrompts.find(agent, { sessionId, callId: tool?.callID });
  }

  async #show(
    transaction: Transaction,
    agent: string,
    decision: Decision,
    found: Prompt | undefined,
  ): Promise<void> {
    const prompt = found ?? (await currentPrompt(transaction, agent));
    const conversation = await this.#destinations.of(transaction, agent, prompt);
    const card = await addCard(transaction, {
      agent,
      conversation: conversation.key,
      operator: prompt?.operator,
      decision,
    });
    if (card) await sendCard(transaction, card, conversation);
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

async function act(transaction: Transaction, press: Press): Promise<string> {
  const pressed = await findKey(transaction, press.key);
  if (pressed?.card.state !== "open" || pressed.isUsed) return "This button no longer works.";
  const { card, action } = pressed;
  if (card.operator !== undefined && card.operator !== press.operator) {
    return "This card is for another operator.";
  }
  await consumeKeys(transaction, card, press.operator);
  return apply(transaction, card, action);
}

async function apply(transaction: Transaction, card: Card, action: Action): Promise<string> {
  const { chosen } = card;
  const current = chosen.at(-1) ?? [];
  switch (action.type) {
    case "permission":
      return decide(transaction, card, { kind: "permission", reply: action.reply });
    case "dismiss":
      return decide(transaction, card, { kind: "dismissal" });
    case "toggle": {
      const toggled = current.includes(action.label)
        ? current.filter((label) => label !== action.label)
        : [...current, action.label];
      await redraw(transaction, card, [...chosen.slice(0, -1), toggled]);
      return action.label;
    }
    case "choose":
      return next(transaction, card, [...chosen.slice(0, -1), [action.label]]);
    case "submit":
      if (current.length > 0) return next(transaction, card, chosen);
      await redraw(transaction, card, chosen);
      return "Choose at least one, or Dismiss.";
  }
}

/** Goes on to the next question of the request, or decides it after the last. */
async function next(transaction: Transaction, card: Card, chosen: string[][]): Promise<string> {
  const isLast = chosen.length >= questionsOf(card).length;
  if (isLast) return decide(transaction, card, { kind: "question", answers: chosen });
  await showNext(transaction, await recordChosen(transaction, card, [...chosen, []]));
  return chosen.at(-1)?.join(", ") ?? "";
}

async function redraw(transaction: Transaction, card: Card, chosen: string[][]): Promise<void> {
  await redrawCard(transaction, await recordChosen(transaction, card, chosen));
}

async function decide(transaction: Transaction, card: Card, answer: Answer): Promise<string> {
  await recordAnswer(transaction, card, answer);
  return endingOf(answer);
}
