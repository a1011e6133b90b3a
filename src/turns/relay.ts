import { conversationFromKey } from "../chat/conversation.ts";
import { speakerMark } from "../chat/speaker-mark.ts";
import { isVisible } from "../chat/visible.ts";
import type { TurnStatus, TurnWords } from "../opencode/turn-status.ts";
import {
  type Answer,
  type AnswerFiles,
  noAnswer,
  prepareAnswer,
  sayAnswer,
  withNotice,
} from "../outbox/answer.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { endPrompt } from "../prompts/prompts.ts";
import { speechOf } from "../prompts/speech.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { readAloud } from "../voice/read-aloud.ts";
import { dropUnsentLive } from "./live/drop-unsent.ts";
import { bindChoice, stopChoice } from "./stop-choice.ts";
import { offerUndo } from "./undo-offer.ts";

/** What is sent at the end of a turn: see `REPLY_MODE` in `.env.example`. */
export type ReplyMode = "auto" | "tool" | "relay";

/** A status after which nothing more comes of the turn. */
export type TurnEnd =
  | Exclude<TurnStatus, { kind: "missing" | "unstarted" | "stopped" }>
  /** `notice` says more than that it was stopped. */
  | (Extract<TurnStatus, { kind: "stopped" }> & { notice?: string | undefined })
  | { kind: "not taken" };

/** How the end of a turn is told. */
export interface HowToEnd {
  mode: ReplyMode;
  /** What `prepareEnd` made. */
  answer: Answer | undefined;
  /** How many prompts had joined the turn and are delivered again. */
  joined?: number;
  /** The message whose PDF the model's provider refused, so that each later turn fails too. */
  refusedId?: string | undefined;
}

// opencode's own message may hold a key or a path, so only the names of its errors are shown.
const reasons: Record<string, string> = texts.turns.reasons;
const { incomplete } = texts.turns;

/** What an agent said last through `/reply`, and when; milliseconds since the epoch. */
export interface LastReply {
  text: string;
  at: number;
}

/** What the operator is to receive at the end of a turn. */
export interface Words {
  /** Final text of the agent, in Markdown; empty for none. */
  text: string;
  /** How the turn ended, where it did not simply finish; no Markdown. */
  notice: string | undefined;
}

/** The messages for the final text of a turn; undefined for one without. Call it before `endTurn`. */
export async function prepareEnd(files: AnswerFiles, end: TurnEnd): Promise<Answer | undefined> {
  if (!("text" in end) || !isVisible(end.text)) return undefined;
  return prepareAnswer(files, end.text);
}

/**
 * Ends the prompts of one turn and sends what the operator is to receive, in one transaction, so that a turn
 * that is seen to end twice sends it once. A failure is reported in every mode. After a turn that an operator
 * stopped, what waits is held, and the message lets them choose. Resolves to whether `answer`, which
 * `prepareEnd` made, is sent.
 */
export async function endTurn(
  transaction: Transaction,
  prompts: Pick<Prompt, "id">[],
  end: TurnEnd,
  { mode, answer, joined = 0, refusedId }: HowToEnd,
): Promise<boolean> {
  const ended: Prompt[] = [];
  for (const { id } of prompts) {
    const prompt = await endPrompt(transaction, id, end.kind === "finished" ? "done" : "failed");
    if (!prompt) continue;
    ended.push(prompt);
    await dropUnsentLive(transaction, id);
  }
  const [first] = ended;
  if (!first) return false;
  const { agent, sessionId: session } = first;
  const conversation = conversationFromKey(first.conversation);
  const isWanted = ended.some(({ abortAt }) => abortAt !== undefined);
  const choice =
    end.kind === "stopped" && isWanted
      ? await stopChoice(transaction, { agent, conversation, joined })
      : undefined;
  const told = end.kind === "stopped" ? { ...end, notice: choice?.notice } : end;
  const words = finalWords(spokenIn(agent, ended), told, mode);
  if (!words) return false;
  const offer =
    refusedId === undefined
      ? undefined
      : await offerUndo(transaction, { agent, conversation, messageId: refusedId });
  if (offer) words.notice = offer.notice;
  // opencode answers the newest of the prompts that it has merged.
  const speech = await speechOf(transaction, { agent, session }, newestOf(ended), conversation);
  const text = words.text === "" ? undefined : answer;
  const said = withNotice(text ?? noAnswer, words.notice);
  const keyboard = (choice ?? offer)?.keyboard;
  const namesAgent = words.notice?.includes(agent) === true;
  const last = await sayAnswer(transaction, conversation, said, {
    kind: "reply",
    speech: { ...speech, ...(namesAgent && { namesAgent }) },
    keyboard,
  });
  if (choice) await bindChoice(transaction, choice, last);
  if (offer) await bindChoice(transaction, offer, last);
  if (text && last !== undefined) {
    await readAloud(transaction, conversation, { ...text, speech, outboxId: last });
  }
  return text !== undefined;
}

function newestOf(prompts: Prompt[]): Prompt | undefined {
  return prompts.toSorted((a, b) => (a.attemptedAt ?? 0) - (b.attemptedAt ?? 0)).at(-1);
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
): Words | undefined {
  const isAnswered = "text" in end && lastReply !== undefined && isAnswer(lastReply, end);
  const isQuiet = mode === "tool" || (mode === "auto" && isAnswered);
  const text = !isQuiet && "text" in end && isVisible(end.text) ? end.text : "";
  const notice = noticeOf(agent, end);
  if (text !== "" || notice !== undefined) return { text, notice };
  const isEnough = mode === "tool" || replied;
  return isEnough ? undefined : { text, notice: texts.turns.silent({ agent }) };
}

/**
 * What is sent of a turn that no prompt began: its final text, marked. Whoever began it knows how it
 * ended, so there is nothing without a text, and nothing when the agent itself answered.
 */
export async function prepareUnasked(
  files: AnswerFiles,
  agent: string,
  status: TurnStatus,
  { mode, isAnswered }: { mode: ReplyMode; isAnswered: boolean },
): Promise<Answer | undefined> {
  if (mode === "tool" || (mode === "auto" && isAnswered)) return undefined;
  if (!("text" in status) || !isVisible(status.text)) return undefined;
  const cut = status.kind === "finished" && status.cut ? incomplete[status.cut] : undefined;
  const before = `${speakerMark} ${texts.turns.notAsked({ agent })}`;
  return withNotice(await prepareAnswer(files, status.text, { before }), cut);
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
