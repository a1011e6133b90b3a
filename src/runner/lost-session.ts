import { say } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { endPrompt } from "../prompts/prompts.ts";

/**
 * Forgets an agent's session that opencode no longer has, so that a new one is made. What ran in it
 * has ended; what waits goes to the new one. Whoever wrote either is told.
 */
export function loseSession(transaction: Transaction, agent: string, sessionId: string): void {
  const { changes } = transaction.run(
    "UPDATE agents SET session_id = NULL WHERE name = ? AND session_id = ?",
    agent,
    sessionId,
  );
  if (changes === 0) return;
  const open = transaction.all<{ id: number; conversation: string; state: string }>(
    `SELECT id, conversation, state FROM prompts
     WHERE agent = ? AND state IN ('queued', 'delivering', 'running') ORDER BY id`,
    agent,
  );
  for (const { id, state } of open) {
    if (state === "running") endPrompt(transaction, id, "failed");
  }
  for (const conversation of new Set(open.map((prompt) => prompt.conversation))) {
    const words =
      `The session of ${agent} is gone from opencode. It goes on in a new one, without memory of ` +
      "the old; what it was working on is not finished.";
    say(transaction, conversationFromKey(conversation), words);
  }
}
