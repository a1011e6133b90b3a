import type { Conversations } from "../agents/conversations.ts";
import type { Decision } from "../opencode/session-reader.ts";
import { owe } from "../outbox/outbox.ts";
import type { Store, Transaction } from "../store/store.ts";
import {
  type CardRow,
  chosenOf,
  closeCard,
  questionsOf,
  redrawCard,
  sendCard,
  showNext,
} from "./card-view.ts";
import { type Action, shortened } from "./card-text.ts";

/** A press of a button, as Telegram reports it. */
export interface Press {
  queryId: string;
  key: string;
  operator: number;
}

/** What an operator decided, to be told to opencode. */
export type Answer =
  | { kind: "permission"; reply: "once" | "always" | "reject" }
  | { kind: "question"; answers: string[][] }
  | { kind: "dismissal" };

// Most characters of the answer to a press (Bot API, answerCallbackQuery).
const maxNoticeLength = 200;

/** How a card says it ended. */
export const endings = {
  once: "Allowed once.",
  always: "Always allowed.",
  reject: "Rejected.",
  dismissed: "Dismissed.",
  elsewhere: "Answered in the terminal, or no longer waiting.",
};

/**
 * The cards: one message per decision opencode waits for. Its buttons have stored keys that work
 * once and, where an operator's prompt made the agent ask, for that operator only.
 */
export class Cards {
  #store: Store;
  #conversations: Conversations;

  constructor(store: Store, conversations: Conversations) {
    this.#store = store;
    this.#conversations = conversations;
  }

  /**
   * Brings the cards of an agent in step with what opencode waits for: shows each new request once,
   * and closes the card of each that nothing waits for any more.
   */
  async sync(agent: string, decisions: Decision[]): Promise<void> {
    const [open, shown] = await this.#store.read((transaction) => [
      transaction.all<CardRow>("SELECT * FROM cards WHERE agent = ? AND state != 'closed'", agent),
      new Set(
        decisions.flatMap(({ id }) =>
          transaction.get("SELECT 1 FROM cards WHERE request_id = ?", id) ? id : [],
        ),
      ),
    ]);
    const fresh = decisions.filter(({ id }) => !shown.has(id));
    const over = open.filter((card) => !decisions.some(({ id }) => id === card.request_id));
    if (fresh.length === 0 && over.length === 0) return;
    await this.#store.write((transaction) => {
      for (const decision of fresh) this.#show(transaction, agent, decision);
      for (const card of over) closeCard(transaction, card.request_id, endings.elsewhere);
    });
  }

  /** Closes the card of a request with the words for how it was decided. */
  async close(requestId: string, how: string): Promise<void> {
    await this.#store.write((transaction) => closeCard(transaction, requestId, how));
  }

  /** Closes the card of a request that was decided elsewhere while nobody had answered the card. */
  async closeUnanswered(requestId: string, how: string): Promise<void> {
    await this.#store.write((transaction) => {
      const card = transaction.get<CardRow>("SELECT * FROM cards WHERE request_id = ?", requestId);
      if (card?.state === "open") closeCard(transaction, requestId, how);
    });
  }

  /** The decisions operators made about an agent's requests that opencode was not told yet. */
  answered(agent: string): Promise<{ requestId: string; answer: Answer }[]> {
    return this.#store.read((transaction) =>
      transaction
        .all<CardRow>("SELECT * FROM cards WHERE agent = ? AND state = 'answered'", agent)
        .map((card) => ({
          requestId: card.request_id,
          answer: JSON.parse(card.answer ?? "{}") as Answer,
        })),
    );
  }

  /** The agent whose card a key is on; undefined for a key that is not known. */
  agentOf(key: string): Promise<string | undefined> {
    return this.#store.read((transaction) => keyed(transaction, key)?.agent);
  }

  /** Acts on a press inside the transaction that ends its update, and answers the button. */
  press(transaction: Transaction, press: Press): void {
    const text = this.#act(transaction, press);
    owe(transaction, {
      // A lane of its own: Telegram drops the query after 150 s, whatever else waits in the chat.
      lane: `query ${press.queryId}`,
      method: "answerCallbackQuery",
      payload: { callback_query_id: press.queryId, text: shortened(text, maxNoticeLength) },
    });
  }

  #act(transaction: Transaction, press: Press): string {
    const card = keyed(transaction, press.key);
    if (card?.state !== "open" || card.used_by !== null)
      return "This button does nothing any more.";
    if (card.operator !== null && card.operator !== press.operator) {
      return "This card is for another operator.";
    }
    transaction.run(
      "UPDATE card_keys SET used_by = ? WHERE request_id = ?",
      press.operator,
      card.request_id,
    );
    return apply(transaction, card, JSON.parse(card.action) as Action);
  }

  #show(transaction: Transaction, agent: string, decision: Decision): void {
    const where = this.#conversations.ofAgentIn(transaction, agent);
    const author = transaction.get<{ operator: number }>(
      `SELECT operator FROM prompts
       WHERE agent = ? AND state IN ('delivering', 'running') ORDER BY id LIMIT 1`,
      agent,
    );
    const card = transaction.get<CardRow>(
      `INSERT INTO cards (request_id, kind, agent, conversation, operator, request, state, created_at)
       VALUES (?, ?, ?, ?, ?, ?, 'open', ?) ON CONFLICT DO NOTHING RETURNING *`,
      decision.id,
      decision.kind,
      agent,
      where.key,
      author?.operator ?? null,
      JSON.stringify(decision.request),
      Date.now(),
    );
    if (card) sendCard(transaction, card, where);
  }
}

function keyed(transaction: Transaction, key: string) {
  return transaction.get<CardRow & { action: string; used_by: number | null }>(
    "SELECT cards.*, action, used_by FROM cards JOIN card_keys USING (request_id) WHERE key = ?",
    key,
  );
}

function apply(transaction: Transaction, card: CardRow, action: Action): string {
  const chosen = chosenOf(card);
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
      redraw(transaction, card, [...chosen.slice(0, -1), toggled]);
      return action.label;
    }
    case "choose":
      return next(transaction, card, [...chosen.slice(0, -1), [action.label]]);
    case "submit":
      if (current.length > 0) return next(transaction, card, chosen);
      redraw(transaction, card, chosen);
      return "Choose at least one, or Dismiss.";
  }
}

/** Goes on to the next question of the request, or decides it after the last. */
function next(transaction: Transaction, card: CardRow, chosen: string[][]): string {
  const isLast = chosen.length >= questionsOf(card).length;
  if (isLast) return decide(transaction, card, { kind: "question", answers: chosen });
  showNext(transaction, withChosen(transaction, card, [...chosen, []]));
  return chosen.at(-1)?.join(", ") ?? "";
}

function redraw(transaction: Transaction, card: CardRow, chosen: string[][]): void {
  redrawCard(transaction, withChosen(transaction, card, chosen));
}

function withChosen(transaction: Transaction, card: CardRow, chosen: string[][]): CardRow {
  const value = JSON.stringify(chosen);
  transaction.run("UPDATE cards SET chosen = ? WHERE request_id = ?", value, card.request_id);
  return { ...card, chosen: value };
}

function decide(transaction: Transaction, card: CardRow, answer: Answer): string {
  transaction.run(
    "UPDATE cards SET state = 'answered', answer = ? WHERE request_id = ?",
    JSON.stringify(answer),
    card.request_id,
  );
  return endingOf(answer);
}

/** The words for what an operator decided. */
export function endingOf(answer: Answer): string {
  if (answer.kind === "permission") return endings[answer.reply];
  if (answer.kind === "dismissal") return endings.dismissed;
  return `Answered: ${answer.answers.map((labels) => labels.join(", ")).join("; ")}`;
}
