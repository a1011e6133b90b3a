import type { Transaction } from "../store/store.ts";
import type { PromptRow } from "./prompt.ts";

/** Whether one of these opencode messages is a prompt of an agent that came from the chat. */
export async function isAsked(
  transaction: Transaction,
  agent: string,
  messageIds: string[],
): Promise<boolean> {
  if (messageIds.length === 0) return false;
  const row = await transaction.get<Pick<PromptRow, "id">>(
    `SELECT id FROM prompts WHERE message_id IN (${messageIds.map(() => "?").join(", ")})
       AND agent = ? LIMIT 1`,
    ...messageIds,
    agent,
  );
  return row !== undefined;
}
