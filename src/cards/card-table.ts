import { dropButtons } from "../buttons/buttons.ts";
import type { Decision } from "../opencode/session-reader.ts";
import { unpin } from "../outbox/enqueue.ts";
import type { Transaction } from "../store/store.ts";
import { type Answer, buttonsOf, type Card, type CardRow, toCard } from "./card.ts";

/** The signal that a card was decided; its subject is the agent's name. */
export const cardSignal = "card";

const open = "state != 'closed'";

/** Adds the card of a request; undefined when there is one already. */
export async function addCard(
  transaction: Transaction,
  card: Pick<Card, "agent" | "conversation" | "operator" | "context"> & { decision: Decision },
): Promise<Card | undefined> {
  const { decision } = card;
  const row = await transaction.get<CardRow>(
    `INSERT INTO cards
       (request_id, kind, agent, conversation, operator, request, context, state, created_at, number)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, (SELECT coalesce(max(number), 0) + 1 FROM cards))
     ON CONFLICT DO NOTHING RETURNING *`,
    decision.id,
    decision.kind,
    card.agent,
    card.conversation,
    card.operator ?? null,
    JSON.stringify(decision.request),
    JSON.stringify(card.context),
    Date.now(),
  );
  return row && toCard(row);
}

/** The card of a request, whatever its state. */
export async function findCard(
  transaction: Transaction,
  requestId: string,
): Promise<Card | undefined> {
  const row = await transaction.get<CardRow>("SELECT * FROM cards WHERE request_id = ?", requestId);
  return row && toCard(row);
}

/** The card with a number in a conversation; an open one before others, then the newest. */
export async function findNumbered(
  transaction: Transaction,
  number: number,
  conversation: string,
): Promise<Card | undefined> {
  const row = await transaction.get<CardRow>(
    `SELECT * FROM cards WHERE number = ? AND conversation = ?
     ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, created_at DESC LIMIT 1`,
    number,
    conversation,
  );
  return row && toCard(row);
}

/** The names of the agents that wait for a decision of an operator. */
export async function agentsThatAsk(transaction: Transaction): Promise<Set<string>> {
  const rows = await transaction.all<Pick<CardRow, "agent">>(
    "SELECT DISTINCT agent FROM cards WHERE state = 'open'",
  );
  return new Set(rows.map(({ agent }) => agent));
}

/** Cards that are not closed, of one kind and state. */
export interface CardsBacklog {
  kind: Decision["kind"];
  state: "open" | "answered";
  cards: number;
  /** When the oldest of them was made; milliseconds since the epoch. */
  since: number;
}

/** The cards of all agents that are not closed. */
export function cardsBacklog(transaction: Transaction): Promise<CardsBacklog[]> {
  return transaction.all<CardsBacklog>(
    `SELECT kind, state, count(*) AS cards, min(created_at) AS since
     FROM cards WHERE ${open} GROUP BY kind, state ORDER BY kind, state`,
  );
}

/** The cards of an agent that are not closed. */
export async function openCards(transaction: Transaction, agent: string): Promise<Card[]> {
  const rows = await transaction.all<CardRow>(
    `SELECT * FROM cards WHERE agent = ? AND ${open}`,
    agent,
  );
  return rows.map(toCard);
}

/** Removes the undecided cards that `isUnwanted` names; they are shown again where they belong now. */
export async function dropCards(
  transaction: Transaction,
  isUnwanted: (card: Card) => boolean,
): Promise<void> {
  const rows = await transaction.all<CardRow>("SELECT * FROM cards WHERE state = 'open'");
  for (const card of rows.map(toCard).filter(isUnwanted)) {
    await transaction.run("DELETE FROM cards WHERE request_id = ?", card.requestId);
    await dropButtons(transaction, buttonsOf(card));
    await unpinCard(transaction, card);
  }
}

/** Gives the cards of a conversation its new key. */
export async function moveCards(transaction: Transaction, from: string, to: string): Promise<void> {
  await transaction.run("UPDATE cards SET conversation = ? WHERE conversation = ?", to, from);
}

/** Records what was chosen so far. */
export async function recordChosen(
  transaction: Transaction,
  card: Card,
  chosen: string[][],
): Promise<Card> {
  await transaction.run(
    "UPDATE cards SET chosen = ? WHERE request_id = ?",
    JSON.stringify(chosen),
    card.requestId,
  );
  return { ...card, chosen };
}

/** Lets the calls that made a card be removed, since nothing refers to them any more. */
export async function unpinCard(
  transaction: Transaction,
  { outboxId, documentId }: Card,
): Promise<void> {
  await unpin(transaction, outboxId);
  if (documentId !== undefined) await unpin(transaction, documentId);
}

/** Records which outbox call sends the document of a card. */
export async function recordDocument(
  transaction: Transaction,
  card: Card,
  documentId: number,
): Promise<Card> {
  await transaction.run(
    "UPDATE cards SET document_id = ? WHERE request_id = ?",
    documentId,
    card.requestId,
  );
  return { ...card, documentId };
}

/** Records which outbox call makes the message with the buttons. */
export async function recordMessage(
  transaction: Transaction,
  card: Card,
  outboxId: number,
): Promise<void> {
  await transaction.run(
    "UPDATE cards SET outbox_id = ? WHERE request_id = ?",
    outboxId,
    card.requestId,
  );
}

/** Records the operator's answer, which is passed on to opencode later. */
export async function recordAnswer(
  transaction: Transaction,
  card: Card,
  answer: Answer,
): Promise<void> {
  await transaction.run(
    "UPDATE cards SET state = 'answered', answer = ? WHERE request_id = ?",
    JSON.stringify(answer),
    card.requestId,
  );
  transaction.notify(cardSignal, card.agent);
}

/** Closes a card; undefined when it was closed before. */
export async function recordClosed(
  transaction: Transaction,
  requestId: string,
): Promise<Card | undefined> {
  const row = await transaction.get<CardRow>(
    `UPDATE cards SET state = 'closed' WHERE request_id = ? AND ${open} RETURNING *`,
    requestId,
  );
  return row && toCard(row);
}

/** Removes closed cards; see `PruneStep`. */
export async function pruneCards(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM cards WHERE request_id IN (
       SELECT request_id FROM cards WHERE state = 'closed' AND created_at < ? LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}
