import { agentNamed } from "../agents/identity.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { Speech } from "../outbox/speech.ts";
import type { Transaction } from "../store/store.ts";
import type { Prompt } from "./prompt.ts";

/**
 * What an agent says in the turn of a prompt, or of none, in a conversation. The first words of a turn quote
 * the prompt; from then on it counts as answered.
 */
export async function speechOf(
  transaction: Transaction,
  { agent, session }: Pick<Speech, "agent" | "session">,
  prompt: Prompt | undefined,
  { key }: Pick<Conversation, "key">,
): Promise<Speech> {
  const id = (await agentNamed(transaction, agent))?.id;
  const spoken = { agent, id, session: prompt?.sessionId ?? session };
  if (prompt?.conversation !== key) return spoken;
  const speech = { ...spoken, operator: prompt.operator };
  const { changes } = await transaction.run(
    "UPDATE prompts SET spoken = 1 WHERE id = ? AND spoken = 0",
    prompt.id,
  );
  return changes === 1 ? { ...speech, answers: prompt.chatMessageId } : speech;
}
