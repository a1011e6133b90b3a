import type { SessionMessage } from "../opencode/client.ts";
import type { TurnWords } from "../opencode/turn-status.ts";
import { isAnswer, type LastReply } from "./relay.ts";

/**
 * Whether the agent itself answered in a turn that no prompt began, by what opencode keeps of its tools:
 * `send_telegram`, or a command of its shell that printed what `send-telegram` prints. A reply that is
 * not recognised makes the final text come as well, which is better than none.
 */
export function hasAnswered(turn: SessionMessage[], words: TurnWords): boolean {
  return turn
    .flatMap(({ parts }) => parts)
    .flatMap(replyOf)
    .some((reply) => isAnswer(reply, words));
}

function replyOf(part: SessionMessage["parts"][number]): LastReply[] {
  if (part.type !== "tool" || part.state.status !== "completed") return [];
  const { input, output, time } = part.state;
  if (!/^Sent\.$/m.test(output)) return [];
  const { text, command } = input;
  if (part.tool === "send_telegram") return [{ text: String(text), at: time.end }];
  const isSent = typeof command === "string" && command.includes("send-telegram");
  return isSent ? [{ text: command, at: time.end }] : [];
}
