import { EventEmitter } from "node:events";
import { isInSession, type StartedAgent } from "../agents/agents.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { shortened } from "../chat/formatted-text.ts";
import { onOneLine } from "../chat/hidden.ts";
import type { Logger } from "../log.ts";
import type { Activity } from "../opencode/activity.ts";
import type { Opencode, SessionMessage } from "../opencode/client.ts";
import { SessionMessages } from "../opencode/messages.ts";
import { turnStatus } from "../opencode/turn-status.ts";
import { askedIn, changedAt, isTyped, turnsIn } from "../opencode/turns.ts";
import { type Answer, sayAnswer } from "../outbox/answer.ts";
import type { KeptFiles } from "../outbox/kept-files.ts";
import { say } from "../outbox/say.ts";
import { isAsked } from "../prompts/asked.ts";
import type { CallPrompts } from "../prompts/call-prompts.ts";
import type { Destinations } from "../prompts/destination.ts";
import type { NotSent, Prompt } from "../prompts/prompt.ts";
import { endPrompt } from "../prompts/prompts.ts";
import { speechOf } from "../prompts/speech.ts";
import { commandIn, shellIn } from "../prompts/written.ts";
import { endLaneAbort, type LaneAbort } from "../prompts/lane.ts";
import { endAbort } from "../prompts/queue.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { readAloud } from "../voice/read-aloud.ts";
import { hasAnswered } from "./own-replies.ts";
import { refusedPdfs } from "./refused-pdf.ts";
import { endTurn, prepareEnd, prepareUnasked, type ReplyMode, type TurnEnd } from "./relay.ts";
import { markTurn, sessionMark, setSessionMark } from "./session-marks.ts";
import { endShell, type ShellAnswer, shellAnswer } from "./shell-answer.ts";
import { holdWaiting, sayStopped } from "./stop-choice.ts";
import type { TurnReportsEvents } from "./turn-events.ts";
import { byTurn, type TurnReading } from "./turn-readings.ts";

/** What reporting turns needs. */
export interface TurnReportsOptions {
  store: Store;
  client: Pick<Opencode, "messages">;
  activity: Activity;
  destinations: Destinations;
  callPrompts: Pick<CallPrompts, "behindTask">;
  mode: ReplyMode;
  /** Turns begun in the terminal are left out. */
  isQuiet: boolean;
  answers: {
    /** Where the documents of long ones wait to be sent. */
    files: Pick<KeptFiles, "flush" | "place" | "drop">;
    /** Commands of the shell are stopped after so many milliseconds. */
    shellLimitMs: number;
  };
  log: Logger;
}

/** A prompt whose turn is over. */
export interface EndedPrompt {
  prompt: Prompt;
  end: TurnEnd;
  /** The last message of its turn, by which prompts that share a turn are known. */
  lastId: string | undefined;
  /** With what was read of it, nothing has to be read again. */
  reading?: TurnReading;
}

// A session may look idle between two steps; after that time it is.
const restsAfterMs = 5000;
const messagesRead = 30;

/**
 * Reports each finished turn of an agent's session once: those of prompts, and those that opencode, a
 * plugin or somebody in the terminal began. A mark in the store tells up to where, over every restart.
 */
export class TurnReports extends EventEmitter<TurnReportsEvents> {
  #options: TurnReportsOptions;
  #messages: SessionMessages;
  /** For sessions in which nothing is left to report: the activity's mark when that was so. */
  #done = new Map<string, string>();

  constructor(options: TurnReportsOptions) {
    super();
    this.#options = options;
    this.#messages = new SessionMessages(options.client, options.activity);
  }

  /**
   * Reports how the turns of prompts ended, each turn once: prompts that were merged share one. Those in
   * `left` go on, and a wish to abort the turn they were in is fulfilled.
   */
  async ended(agent: StartedAgent, ended: EndedPrompt[], left: Prompt[]): Promise<void> {
    const { store, mode } = this.#options;
    const turns = byTurn(ended);
    const shellAnswers = await this.#shellAnswers(ended);
    const answers = await this.#answers(turns);
    const refused = await refusedPdfs(this.#options, agent.sessionId, turns);
    const sent = new Set<Answer>();
    const marked = await store.writeBehind(async (transaction) => {
      let last: TurnReading | undefined;
      for (const turn of turns) {
        const [first] = turn;
        if (!first) continue;
        const prompts = turn.map(({ prompt }) => prompt);
        const shell = shellAnswers.get(first.prompt.id);
        const answer = answers.get(first);
        const how = { mode, answer, joined: left.length, refusedId: refused.get(turn) };
        if (shell) await endShell(transaction, first.prompt, first.end, shell);
        else if (await endTurn(transaction, prompts, first.end, how)) sent.add(answer!);
        last = (await markTurn(transaction, agent, first.reading)) ? first.reading : undefined;
      }
      for (const prompt of left) await endAbort(transaction, prompt);
      return last;
    });
    await this.#dropAllBut(sent, answers.values());
    if (marked?.isNewest) this.#done.set(agent.sessionId, marked.mark);
    for (const [first] of turns) {
      if (!first) continue;
      const { attemptedAt: since } = first.prompt;
      this.emit("ended", { end: first.end.kind, ms: since && Date.now() - since });
    }
  }

  /**
   * Ends the wish to abort a turn that no prompt began, and says where it was wanted if it was stopped; nothing
   * if that was done before.
   */
  async abortEnded(agent: string, abort: LaneAbort, isStopped: boolean): Promise<void> {
    await this.#options.store.writeBehind(async (transaction) => {
      if (!(await endLaneAbort(transaction, agent, abort))) return;
      if (!isStopped) return;
      if (abort.conversation === undefined) return void (await holdWaiting(transaction, agent));
      const conversation = conversationFromKey(abort.conversation);
      await sayStopped(transaction, { agent, conversation, joined: 0 });
    });
  }

  /** Ends a command, or a prompt with files, that was not sent, and says why; nothing if it had ended. */
  async notSent(prompt: Prompt, reason: NotSent): Promise<void> {
    const { store, log } = this.#options;
    await store.write(async (transaction) => {
      const ended = await endPrompt(transaction, prompt.id, "failed");
      if (!ended) return;
      const words = texts.tools.notSent[reason]({ command: nameOf(ended) });
      await say(transaction, conversationFromKey(ended.conversation), words);
    });
    log.info({ agent: prompt.agent, promptId: prompt.id, reason }, "a prompt was not sent");
  }

  /**
   * Reports the finished turns that no prompt began. Call it only while no prompt of the agent is being
   * delivered or runs: the message of a typed prompt is known once it was found. Resolves to whether
   * there is a turn of which it is not clear yet whether it has ended: call again soon.
   */
  async unasked(agent: StartedAgent, isBusy: boolean): Promise<boolean> {
    const { store, activity, log } = this.#options;
    const { name, sessionId } = agent;
    const now = activity.turnMark(sessionId);
    if (this.#done.get(sessionId) === now) return false;
    const mark = await store.read((transaction) => sessionMark(transaction, name, sessionId));
    if (!mark) return this.#begin(agent, isBusy);
    if (isBusy) return false;
    const messages = await this.#messages.after(sessionId, mark.messageId);
    const turns = turnsIn(messages);
    const ended = isUnclear(turns.at(-1)) ? turns.slice(0, -1) : turns;
    const messageId = ended.at(-1)?.at(-1)?.info.id;
    if (messageId !== undefined) {
      const reports = await Promise.all(ended.map((turn) => this.#unaskedReport(agent, turn)));
      const sent = new Set<Answer>();
      const unasked: SessionMessage[][] = [];
      const isReported = await store.writeBehind(async (transaction) => {
        // Renamed meanwhile: it is reported under the new name, once.
        if (!(await isInSession(transaction, name, sessionId))) return false;
        for (const report of reports) {
          // Such a one was reported with its prompt.
          if (await isAsked(transaction, name, askedIn(report.turn))) continue;
          unasked.push(report.turn);
          if (await this.#report(transaction, agent, report)) sent.add(report.answer!);
        }
        await setSessionMark(transaction, name, { sessionId, messageId });
        return true;
      });
      await this.#dropAllBut(
        sent,
        reports.map(({ answer }) => answer),
      );
      if (!isReported) return false;
      for (const turn of unasked) this.emit("ended", { end: statusOf(turn).kind, ms: undefined });
      log.debug({ agent: name, turns: ended.length }, "turns that no prompt began were read");
    }
    if (ended.length < turns.length) return true;
    this.#done.set(sessionId, now);
    return false;
  }

  async #shellAnswers(ended: EndedPrompt[]): Promise<Map<number, ShellAnswer>> {
    const { files, shellLimitMs: limitMs } = this.#options.answers;
    const answers = new Map<number, ShellAnswer>();
    for (const { prompt, end } of ended) {
      if (prompt.kind !== "shell") continue;
      answers.set(prompt.id, await shellAnswer(files, prompt, end, limitMs));
    }
    return answers;
  }

  async #answers(turns: EndedPrompt[][]): Promise<Map<EndedPrompt, Answer>> {
    const answers = new Map<EndedPrompt, Answer>();
    for (const [first] of turns) {
      if (!first || first.prompt.kind === "shell") continue;
      const answer = await prepareEnd(this.#options.answers.files, first.end);
      if (answer) answers.set(first, answer);
    }
    return answers;
  }

  /** Removes the documents of answers that are not sent after all. */
  async #dropAllBut(sent: Set<Answer>, answers: Iterable<Answer | undefined>): Promise<void> {
    for (const answer of answers) {
      if (answer?.document && !sent.has(answer))
        await this.#options.answers.files.drop(answer.document.path);
    }
  }

  /** What was said before the session was first seen is not reported; a turn that runs then will be. */
  async #begin({ name, sessionId }: StartedAgent, isBusy: boolean): Promise<boolean> {
    const { store, client } = this.#options;
    const turns = turnsIn(await client.messages(sessionId, messagesRead));
    const seen = isBusy ? turns.slice(0, -1) : turns;
    const messageId = seen.at(-1)?.at(-1)?.info.id;
    await store.writeBehind(async (transaction) => {
      if (!(await isInSession(transaction, name, sessionId))) return;
      await setSessionMark(transaction, name, { sessionId, messageId });
    });
    return false;
  }

  /** The prompt that began the background task whose result began this turn. */
  async #promptBehind(
    { name, sessionId }: StartedAgent,
    turn: SessionMessage[],
  ): Promise<Prompt | undefined> {
    const asked = turn.find(({ info }) => info.role === "user");
    return asked && this.#options.callPrompts.behindTask(name, sessionId, asked);
  }

  async #unaskedReport(agent: StartedAgent, turn: SessionMessage[]): Promise<UnaskedReport> {
    const { mode, isQuiet } = this.#options;
    const { files } = this.#options.answers;
    const prompt = await this.#promptBehind(agent, turn);
    if (isQuiet && isTyped(turn)) return { turn, prompt, answer: undefined };
    const end = statusOf(turn);
    const isAnswered = "text" in end && hasAnswered(turn, end);
    const answer = await prepareUnasked(files, agent.name, end, { mode, isAnswered });
    return { turn, prompt, answer };
  }

  /** Resolves to whether the answer is sent. */
  async #report(
    transaction: Transaction,
    { name: agent, sessionId: session }: StartedAgent,
    { prompt, answer }: UnaskedReport,
  ): Promise<boolean> {
    if (!answer) return false;
    const conversation = await this.#options.destinations.of(transaction, agent, prompt);
    const spoken = await speechOf(transaction, { agent, session }, prompt, conversation);
    const speech = { ...spoken, isNamed: true };
    const last = await sayAnswer(transaction, conversation, answer, { kind: "reply", speech });
    if (last !== undefined) {
      await readAloud(transaction, conversation, { ...answer, speech, outboxId: last });
    }
    return true;
  }
}

/** A turn that no prompt began, and what is to be sent of it. */
interface UnaskedReport {
  turn: SessionMessage[];
  /** The prompt whose background task began it. */
  prompt: Prompt | undefined;
  answer: Answer | undefined;
}

function statusOf(turn: SessionMessage[]) {
  return turnStatus(turn, turn.find(({ info }) => info.role === "user")?.info.id ?? "");
}

/** Whether an idle session may go on with this turn. */
function isUnclear(turn: SessionMessage[] | undefined): boolean {
  if (!turn) return false;
  const { kind } = statusOf(turn);
  const isOver = kind !== "missing" && kind !== "unstarted" && kind !== "cut off";
  return !isOver && Math.abs(Date.now() - changedAt(turn)) < restsAfterMs;
}

const longestCommand = 100;

/** A command of opencode by its name, one of the shell by the beginning of its text. */
function nameOf({ kind, text, label }: Prompt): string {
  if (kind === "text") return shortened(label, longestCommand);
  const name = kind === "command" ? commandIn(text).name : `“${shellIn(text)}”`;
  return shortened(onOneLine(name), longestCommand);
}
