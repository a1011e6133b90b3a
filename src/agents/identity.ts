import { randomBytes } from "node:crypto";
import type { Transaction } from "../store/store.ts";
import { type Agent, type AgentRow, toAgent } from "./agent.ts";

/** An id for a new agent; it is also the first part of its token. */
export function newAgentId(): string {
  return randomBytes(9).toString("base64url");
}

/**
 * The agent of an id, as of this transaction, whatever it is called by now: between the reading of a name
 * and the transaction that acts on it the agent may have been renamed, and another one have got the name.
 */
export async function agentById(transaction: Transaction, id: string): Promise<Agent | undefined> {
  const row = await transaction.get<AgentRow>("SELECT * FROM agents WHERE id = ?", id);
  return row && toAgent(row);
}

/** The agent of a name, running or stopped, as of this transaction. */
export async function agentNamed(
  transaction: Transaction,
  name: string,
): Promise<Agent | undefined> {
  const row = await transaction.get<AgentRow>("SELECT * FROM agents WHERE name = ?", name);
  return row && toAgent(row);
}
