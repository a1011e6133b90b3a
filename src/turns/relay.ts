import { conversationFromKey } from "../chat/conversation.ts";
import { isVisible } from "../chat/visible.ts";
import type { TurnStatus, TurnWords } from "../opencode/turn-status.ts";
import { say } from "../outbox/say.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { endPrompt } from "../prompts/prompts.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { sayStopped } from "./stop-choice.ts";

/** What is sent at the end of a turn: see `REPLY_MODE` in `.env.example`. */
export type ReplyMode = "auto" | "tool" | "relay";

/** A status after which nothing more comes of the turn. */
export type TurnEnd =
  | Exclude<TurnStatus, { kind: "missing" | "unstarted" | "stopped" }>
  /** `notice` says more than that it was stopped. */
  | (Extract<TurnStatus, { kind: "stopped" }> & { notice?: string })
  | { kind: "not taken" };

/** How a turn went on where it did not end. */
export interface LeftPrompts {
  /** How many prompts had joined it and are delivered again. */
  joined: number;
}

// opencode's own message may hold a key or a path, so only the names of its errors are shown.
const reasons: Record<string, string> = texts.turns.reasons;
const { incomplete } = texts.turns;

/** What an agent said last through `/reply`, and when; milliseconds since the epoch. */
export interface LastReply {
  text: string;
  at: number;
}

/**
 * Ends the prompts of one turn and sends what the operator is to receive, in one transaction, so that a turn
 * that is seen to end twice sends it once. A failure is reported in every mode. After a turn that an operator
 * stopped, what waits is held, and the message lets them choose.
 */
export async function endTurn(
  transaction: Transaction,
  prompts: Pick<Prompt, "id">[],
  end: TurnEnd,
  mode: ReplyMode,
  { joined }: LeftPrompts = { joined: 0 },
): Promise<void> {
  const ended: Prompt[] = [];
  for (const { id } of prompts) {
    const prompt = await endPrompt(transaction, id, end.kind === "finished" ? "done" : "failed");
    if (prompt) ended.push(prompt);
  }
  const [first] = ended;
  if (!first) return;
  const { agent, operator } = first;
  const conversation = conversationFromKey(first.conversation);
  const spoken = spokenIn(agent, ended);
  if (end.kind === "stopped" && ended.some(({ abortAt }) => abortAt !== undefined)) {
    const stopped = { agent, conversation, operator, joined };
    return sayStopped(
      transaction,
      stopped,
      (notice) => finalWords(spoken, { ...end, notice }, mode) ?? notice,
    );
  }
  const words = finalWords(spoken, end, mode);
  if (words !== undefined) await say(transaction, conversation, words, { kind: "reply" });
}

/** What the agent said through `/reply` in the turn of these prompts. */
function spokenIn(agent: string, prompts: Prompt[]): Parameters<typeof finalWords>[0] {
  const replies = prompts.flatMap(({ lastReply }) => lastReply ?? []);
  return {
    agent,
    replied: prompts.some(({ replied }) => replied),
    lastReply: replies.toSorted((a, b) => a.at - b.at).at(-1),
  };
}

/** What Switchboard itself says at the end of a turn; undefined when the agent's own replies are enough. */
export function finalWords(
  { agent, replied, lastReply }: Pick<Prompt, "agent" | "replied" | "lastReply">,
  end: TurnEnd,
  mode: ReplyMode,
): string | undefined {
  const isAnswered = "text" in end && lastReply !== undefined && isAnswer(lastReply, end);
  const isQuiet = mode === "tool" || (mode === "auto" && isAnswered);
  const text = !isQuiet && "text" in end && isVisible(end.text) ? end.text : "";
  const notice = noticeOf(agent, end);
  if (text !== "" || notice !== undefined) return [text, notice].filter(Boolean).join("\n\n");
  return mode === "tool" || replied ? undefined : texts.turns.silent({ agent });
}

/**
 * What is sent of a turn that no prompt began: its final text, marked. Whoever began it knows how it
 * ended, so there is nothing without a text, and nothing when the agent itself answered.
 */
export function unaskedWords(
  agent: string,
  status: TurnStatus,
  mode: ReplyMode,
  isAnswered: boolean,
): string | undefined {
  if (mode === "tool" || (mode === "auto" && isAnswered)) return undefined;
  if (!("text" in status) || !isVisible(status.text)) return undefined;
  const cut = status.kind === "finished" && status.cut ? incomplete[status.cut] : undefined;
  const text = texts.turns.notAsked({ agent, text: status.text });
  return [text, cut].filter(Boolean).join("\n\n");
}

/**
 * Whether the agent's last reply answers the prompt: it came after the last work of the turn, so it is
 * no word on progress, or it says the same as the final text.
 */
export function isAnswer(reply: LastReply, { text, workedAt = 0 }: TurnWords): boolean {
  return workedAt <= reply.at || plain(text) === plain(reply.text);
}

/** A text without Markdown's marks and white space, for a comparison. */
function plain(text: string): string {
  return text.replaceAll(/[\s*_`~#>|\\[\]()!-]/g, "");
}

/** How a turn ended, where it did not simply finish. */
function noticeOf(agent: string, end: TurnEnd): string | undefined {
  switch (end.kind) {
    case "finished":
      return end.cut && incomplete[end.cut];
    case "rejected":
      return end.isDismissed ? texts.turns.dismissed : texts.turns.rejected;
    case "stopped":
      return end.notice ?? texts.turns.stopped;
    case "failed": {
      const reason = reasons[end.error] ?? texts.turns.reasons.other;
      return texts.turns.failed({ agent, reason });
    }
    case "cut off":
      return texts.turns.cutOff;
    case "not taken":
      return texts.turns.notTaken;
  }
}
