import type { Transaction } from "../store/store.ts";
import { type AgentRow, agentSignal } from "./agent.ts";

/**
 * Gives an agent another name that no agent has; whether it did. The conversations bound to it stay so.
 * Its token begins with the name, so it gets a new one; its terminal is renamed by its loop.
 */
export async function renameAgent(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<boolean> {
  const taken = await transaction.get<Pick<AgentRow, "name">>(
    "SELECT name FROM agents WHERE name = ?",
    newName,
  );
  if (taken) return false;
  const { changes } = await transaction.run(
    `UPDATE agents SET name = ?, reply_token = NULL, former_name = coalesce(former_name, name)
     WHERE name = ?`,
    newName,
    name,
  );
  if (changes === 0) return false;
  await transaction.run("UPDATE conversations SET agent = ? WHERE agent = ?", newName, name);
  transaction.notify(agentSignal, newName);
  return true;
}
