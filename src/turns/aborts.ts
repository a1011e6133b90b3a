import type { SessionMessage } from "../opencode/client.ts";
import { turnsIn } from "../opencode/turns.ts";
import type { Prompt } from "../prompts/prompt.ts";

/**
 * Whether the turn at the end of a busy session's messages is the one that was to be aborted at `at`
 * (milliseconds since the epoch): a turn of these prompts, or one that had begun by then. A turn that came
 * after that, or after an abort that was made already, is not.
 */
export function isAbortable(messages: SessionMessage[], prompts: Prompt[], at: number): boolean {
  if (messages.some((message) => wasAborted(message, at))) return false;
  const turn = turnsIn(messages).at(-1) ?? [];
  // A prompt that was on its way then is stored later, and before that the list is empty.
  const isTheirs = turn.some(({ info }) => prompts.some(({ messageId }) => messageId === info.id));
  return isTheirs || turn.some(({ info }) => info.time.created <= at) || turn.length === 0;
}

function wasAborted({ info }: SessionMessage, at: number): boolean {
  if (info.role !== "assistant" || info.error?.name !== "MessageAbortedError") return false;
  return (info.time.completed ?? 0) >= at;
}
