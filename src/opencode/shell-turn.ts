import type { SessionMessage } from "./client.ts";
import { shellResult } from "./shell-command.ts";
import type { TurnStatus } from "./turn-status.ts";

/** What opencode 1.18 puts behind the output of a command that was aborted. */
const aborted = /(?:\n\n)?<metadata>\nUser aborted the command\n<\/metadata>\s*$/;

/**
 * The status of a command of the shell, by the id of its message, read from an idle session. Its text is
 * what it printed, as `carriedCommand` has it: finished with its exit status, or stopped without one.
 */
export function shellStatus(messages: SessionMessage[], messageId: string): TurnStatus {
  if (!messages.some(({ info }) => info.id === messageId)) return { kind: "missing" };
  const answer = shellAnswerOf(messages, messageId);
  if (!answer) return { kind: "unstarted" };
  const [part] = answer.parts;
  if (part?.type !== "tool") return { kind: "cut off", text: "" };
  const { state } = part;
  if (state.status === "error") return { kind: "failed", error: state.error, text: "" };
  if (state.status !== "completed") {
    const printed = state.status === "running" ? state.metadata?.["output"] : undefined;
    return { kind: "cut off", text: typeof printed === "string" ? printed : "" };
  }
  const text = state.output.replace(aborted, "");
  return { kind: shellResult(text).exitCode === undefined ? "stopped" : "finished", text };
}

/** The message that holds what a command of the shell printed. */
export function shellAnswerOf(
  messages: SessionMessage[],
  messageId: string,
): SessionMessage | undefined {
  return messages.find(({ info }) => info.role === "assistant" && info.parentID === messageId);
}
