import { conversationFromKey } from "../chat/conversation.ts";
import { isVisible } from "../chat/visible.ts";
import type { TurnStatus } from "../opencode/turn-status.ts";
import { say } from "../outbox/say.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { endPrompt } from "../prompts/prompts.ts";
import type { Transaction } from "../store/store.ts";

/** What is sent at the end of a turn: see `REPLY_MODE` in `.env.example`. */
export type ReplyMode = "auto" | "tool" | "relay";

/** A status after which nothing more comes of the turn. */
export type TurnEnd =
  | Exclude<TurnStatus, { kind: "missing" | "unstarted" }>
  | { kind: "not taken" };

// opencode's own message may hold a key or a path, so only the names of its errors are shown.
const reasons: Record<string, string> = {
  APIError: "the model's provider reported an error",
  ContextOverflowError: "the conversation is too long for the model",
  ProviderAuthError: "the model's provider did not accept the login",
};

/**
 * Ends a prompt and sends what the operator is to receive, in one transaction, so that a turn that is
 * seen to end twice sends it once. A failure is reported in every mode.
 */
export async function endTurn(
  transaction: Transaction,
  { id, conversation }: Prompt,
  end: TurnEnd,
  mode: ReplyMode,
): Promise<void> {
  const prompt = await endPrompt(transaction, id, end.kind === "finished" ? "done" : "failed");
  if (!prompt) return;
  const words = finalWords(prompt, end, mode);
  if (words !== undefined) await say(transaction, conversationFromKey(conversation), words);
}

/** What Switchboard itself says at the end of a turn; undefined when the agent's own replies are enough. */
export function finalWords(
  { agent, replied }: Pick<Prompt, "agent" | "replied">,
  end: TurnEnd,
  mode: ReplyMode,
): string | undefined {
  switch (end.kind) {
    case "rejected":
      return "Rejected; turn ended. Write what to do instead.";
    case "stopped":
      return "Turn stopped.";
    case "failed":
      return `${agent} failed: ${reasons[end.error] ?? "opencode reported an error"}. Send it again, or see /screen.`;
    case "cut off":
      return "opencode was restarted in the middle of this turn. Write again to go on.";
    case "not taken":
      return "opencode does not start this turn. See /screen, then write again.";
    case "finished":
      if (mode === "tool" || (mode === "auto" && replied)) return undefined;
      if (isVisible(end.text)) return end.text;
      return replied ? undefined : `${agent} finished without a word.`;
  }
}
