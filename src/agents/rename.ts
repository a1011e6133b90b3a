import type { Transaction } from "../store/store.ts";
import { type AgentRow, agentSignal } from "./agent.ts";

/**
 * Gives an agent another name, unless an agent has it. The conversations bound to it stay so; its terminal
 * is renamed by its loop.
 */
export async function renameAgent(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<"renamed" | "taken" | "unknown"> {
  const taken = await transaction.get<Pick<AgentRow, "name">>(
    "SELECT name FROM agents WHERE name = ?",
    newName,
  );
  if (taken) return "taken";
  const { changes } = await transaction.run(
    `UPDATE agents SET name = ?, former_name =
       CASE WHEN state = 'active' OR session_to_end IS NOT NULL THEN coalesce(former_name, name) END
     WHERE name = ?`,
    newName,
    name,
  );
  if (changes === 0) return "unknown";
  await transaction.run("UPDATE conversations SET agent = ? WHERE agent = ?", newName, name);
  transaction.notify(agentSignal, newName);
  return "renamed";
}
