import type { Prompt } from "../prompts/prompt.ts";
import { endPrompt } from "../prompts/prompts.ts";
import { say } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { TurnStand } from "../opencode/turn-status.ts";

/** Who speaks at the end of a turn: see `REPLY_MODE` in `.env.example`. */
export type ReplyMode = "auto" | "tool" | "relay";

/** A stand after which nothing more comes of the turn. */
export type TurnEnd = Exclude<TurnStand, { kind: "missing" | "unstarted" }> | { kind: "not taken" };

const notices = {
  rejected: "Stopped there, since you said no. Write what to do instead.",
  stopped: "Stopped.",
  failed:
    "The turn ended with an error. /status shows whether opencode answers; its log says more.",
  "cut off": "opencode was restarted in the middle of this turn. Write again to go on.",
  "not taken": "opencode does not start this turn. /screen shows the terminal; then write again.",
};

/**
 * Ends a prompt and says what the operator is owed, in one transaction, so that a turn seen to end
 * twice speaks once. A failure is told in every mode.
 */
export function endTurn(
  transaction: Transaction,
  ended: { prompt: Prompt; end: TurnEnd; where: Conversation; mode: ReplyMode },
): void {
  const { prompt, end, where, mode } = ended;
  const row = endPrompt(transaction, prompt.id, end.kind === "finished" ? "done" : "failed");
  if (!row) return;
  const words = finalWords(end, mode, row.replied);
  if (words !== undefined) say(transaction, where, words);
}

/** What the bridge itself says at the end of a turn; undefined when the agent has spoken. */
export function finalWords(end: TurnEnd, mode: ReplyMode, replied: boolean): string | undefined {
  if (end.kind !== "finished") return notices[end.kind];
  if (mode === "tool" || (mode === "auto" && replied)) return undefined;
  if (end.text !== "") return end.text;
  return replied ? undefined : "The agent finished without a word.";
}
