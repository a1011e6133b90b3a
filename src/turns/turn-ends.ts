import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import type { Activity } from "../opencode/activity.ts";
import type { Opencode, SessionMessage } from "../opencode/client.ts";
import type { SessionReader } from "../opencode/session-reader.ts";
import type { Lane, LaneAbort } from "../prompts/lane.ts";
import type { NotSent, Prompt } from "../prompts/prompt.ts";
import { type AbortResult, type AbortWish, TurnAborts } from "./aborts.ts";
import type { TurnEnd } from "./relay.ts";
import {
  isClear,
  isEnd,
  isListed,
  type NewestMessages,
  type PromptStatus,
  readStatus,
  statusIn,
} from "./turn-readings.ts";
import type { EndedPrompt, TurnReports } from "./turn-reports.ts";

/** Posts a prompt under the ids made with its row, which may be repeated; the api path does. */
export interface PromptPoster {
  post: (agent: StartedAgent, prompt: Prompt) => Promise<void>;
}

/** What ending turns needs. */
export interface TurnEndsOptions {
  reports: TurnReports;
  client: Pick<Opencode, "abort" | "message" | "messages">;
  activity: Activity;
  poster: PromptPoster;
  sessions: SessionReader;
  log: Logger;
  /** Milliseconds within which opencode must be seen to work on a prompt it has. */
  startWithinMs?: number;
}

// Steps of one turn that are read; only its last answer matters.
const messagesRead = 30;
// Of a turn besides its steps: what it answers, and what came before. opencode has much to do when a turn ends,
// so it is asked for no more.
const messagesBesides = 2;

/** Ends the turn of running prompts once their session is idle, and sends what the operator is to receive. */
export class TurnEnds {
  #options: TurnEndsOptions;
  #aborts: TurnAborts;

  constructor(options: TurnEndsOptions) {
    this.#options = options;
    this.#aborts = new TurnAborts(options);
  }

  /**
   * Ends the running prompts of a lane where events say that the session has just come to rest and its newest
   * messages, as they were heard or are read, show that all of their turns are over: an answer is sent without
   * another look at the session.
   * Resolves to whether it did; otherwise nothing has happened, and `finalize` is to be called.
   */
  async finalizeAtRest(agent: StartedAgent, readLane: () => Promise<Lane>): Promise<boolean> {
    const { activity } = this.#options;
    const rest = activity.takeRest(agent.sessionId);
    if (!rest) return false;
    const { running, abort } = await readLane();
    // How an aborted turn ended is asked at leisure.
    if (
      running.length === 0 ||
      abort ||
      running.some(({ state, abortAt }) => state !== "running" || abortAt !== undefined)
    )
      return false;
    const statuses =
      this.#heardEnds(agent, running) ?? (await this.#readEnds(agent, running, rest));
    if (!statuses) return false;
    const ended = statuses.flatMap((one) => this.#endOf(one, false));
    await this.#report(agent, ended, []);
    return true;
  }

  /**
   * Ends the running prompts of an agent whose turns are over; call it when the session was read as idle.
   * One that opencode has and does nothing with is posted again. Resolves to whether all of them ended.
   */
  async finalize(agent: StartedAgent, prompts: Prompt[]): Promise<boolean> {
    let statuses = await this.#statuses(agent, prompts);
    let isStill = false;
    if (!isClear(statuses)) {
      // Between a prompt and its first answer, and between two steps, a session may look idle.
      const next = await this.#change(agent, prompts);
      if (next === "busy") return false;
      isStill = next === "idle";
      statuses = next === "idle" ? await this.#statuses(agent, prompts) : next;
    }
    const ended = statuses.flatMap((one) => this.#endOf(one, isStill));
    const left = statuses.filter(({ prompt }) => !ended.some((one) => one.prompt === prompt));
    const isAborted = left.some(({ prompt }) => prompt.abortAt !== undefined);
    if (ended.length > 0 || isAborted) await this.#report(agent, ended, left);
    return left.length === 0 || this.#startAgain(agent, left);
  }

  /** Aborts the turn that `find` names, if it is the one that runs; see `TurnAborts`. */
  abort(
    name: string,
    find: () => Promise<{ agent: StartedAgent; wish: AbortWish } | undefined>,
  ): Promise<AbortResult> {
    return this.#aborts.abort(name, find);
  }

  /** Resolves once no abort of the agent is under way, to whether there was one. */
  abortsSettled(name: string): Promise<boolean> {
    return this.#aborts.settled(name);
  }

  /** Says what came of an abort that was wanted of a turn that no prompt began; see `TurnReports`. */
  reportAbort(agent: string, abort: LaneAbort, result: AbortResult): Promise<void> {
    return this.#options.reports.abortEnded(agent, abort, result === "stopped");
  }

  /**
   * Reports the turns of an idle session that no prompt began; see `TurnReports`. Resolves to whether
   * to call again soon.
   */
  reportUnasked(agent: StartedAgent, isBusy: boolean): Promise<boolean> {
    return this.#options.reports.unasked(agent, isBusy);
  }

  /** Ends a command that was not sent, and says why; see `TurnReports`. */
  reportNotSent(prompt: Prompt, reason: NotSent): Promise<void> {
    return this.#options.reports.notSent(prompt, reason);
  }

  /** How a prompt ended; `isStill` when its session was idle for as long as it may look so. */
  #endOf({ prompt, status, ...read }: PromptStatus, isStill: boolean): EndedPrompt[] {
    const isWanted = prompt.abortAt !== undefined;
    if (isEnd(status)) {
      // While opencode 1.18 stops a subagent that asks for something, it lets the model go on for a moment.
      const isStopped = isWanted && status.kind === "finished" && this.#aborts.hasReached(prompt);
      return [
        { prompt, end: isStopped ? { kind: "stopped", text: status.text } : status, ...read },
      ];
    }
    if (!isStill) return [];
    if (status.kind === "cut off") {
      // opencode was restarted before it could be told, which has ended the turn as well.
      return [{ prompt, end: isWanted ? { kind: "stopped", text: status.text } : status, ...read }];
    }
    // What was sent into the turn was not what the operator wanted to end.
    const stopped: TurnEnd = { kind: "stopped", text: "" };
    if (isWanted && !prompt.isSentNow) return [{ prompt, end: stopped, ...read }];
    // Posted again it would run again.
    return prompt.kind === "text" ? [] : [{ prompt, end: { kind: "not taken" }, ...read }];
  }

  async #report(agent: StartedAgent, ended: EndedPrompt[], left: PromptStatus[]): Promise<void> {
    crashPoint("turn ended");
    const remaining = left.map(({ prompt }) => prompt);
    await this.#options.reports.ended(agent, ended, remaining);
    crashPoint("reply stored");
    for (const { prompt, end } of ended) {
      const about = { agent: agent.name, promptId: prompt.id, end: end.kind };
      this.#options.log.info(about, "turn ended");
    }
    for (const { prompt } of [...ended, ...left]) this.#aborts.forget(prompt);
  }

  /**
   * A server that died before it asked the model has a prompt or lost it, and does nothing with it; neither
   * does opencode 1.18 with one that was sent into a turn that was then aborted. Posting the newest again
   * under the same ids changes nothing but that; those before it are answered along, if they are there.
   */
  async #startAgain(agent: StartedAgent, left: PromptStatus[]): Promise<boolean> {
    const { log } = this.#options;
    const prompts = left.map(({ prompt }) => prompt);
    const newest = prompts.at(-1);
    for (const { prompt, status } of left) {
      if (prompt !== newest && status.kind !== "missing") continue;
      const about = { agent: agent.name, promptId: prompt.id };
      log.warn(about, "opencode has a prompt and does nothing; posting it again");
      await this.#post(agent, prompt);
    }
    crashPoint("after post");
    const next = await this.#change(agent, prompts);
    if (next !== "idle") return next !== "busy" && this.finalize(agent, prompts);
    await this.#report(
      agent,
      prompts.map((prompt) => ({ prompt, end: { kind: "not taken" }, lastId: undefined })),
      [],
    );
    return true;
  }

  async #post(agent: StartedAgent, prompt: Prompt): Promise<void> {
    const { poster, client } = this.#options;
    const message = await client.message(agent.sessionId, prompt.messageId);
    const partId = message?.parts[0]?.id ?? prompt.partId;
    await poster.post(agent, { ...prompt, partId });
  }

  /** Waits until the session works or it is clear how it stands; "idle" when neither happens in time. */
  async #change(agent: StartedAgent, prompts: Prompt[]): Promise<PromptStatus[] | "busy" | "idle"> {
    const { activity, sessions, startWithinMs = 5000 } = this.#options;
    const change = await activity.waitFor(
      agent.sessionId,
      async () => {
        if ((await sessions.readSession(agent)).busy) return "busy" as const;
        const statuses = await this.#statuses(agent, prompts);
        return isClear(statuses) ? statuses : undefined;
      },
      { timeoutMs: startWithinMs, everyMs: 200 },
    );
    return change ?? "idle";
  }

  /** The statuses of prompts whose turn, as events told it, has come to its usual end. */
  #heardEnds({ sessionId }: StartedAgent, running: Prompt[]): PromptStatus[] | undefined {
    const { activity, sessions } = this.#options;
    const messages = sessions.heardTurn(sessionId);
    if (!messages || running.some(({ kind }) => kind !== "text")) return undefined;
    const mark = activity.turnMark(sessionId);
    const statuses = endsIn({ mark, messages, isWhole: false }, running);
    return statuses?.every(({ status }) => status.kind === "finished") ? statuses : undefined;
  }

  /** The statuses of prompts of which all have ended, according to opencode, while no other turn began. */
  async #readEnds(
    agent: StartedAgent,
    running: Prompt[],
    rest: { steps: number },
  ): Promise<PromptStatus[] | undefined> {
    const limit = Math.min(messagesRead, rest.steps + messagesBesides);
    const newest = await this.#newest(agent, limit).catch(() => undefined);
    const isNow = newest && this.#options.activity.turnMark(agent.sessionId) === newest.mark;
    return isNow ? endsIn(newest, running) : undefined;
  }

  async #newest({ sessionId }: StartedAgent, limit: number): Promise<NewestMessages> {
    const { client, activity } = this.#options;
    const mark = activity.turnMark(sessionId);
    const messages = await client.messages(sessionId, limit);
    return { mark, messages, isWhole: messages.length < limit };
  }

  async #statuses(agent: StartedAgent, prompts: Prompt[]): Promise<PromptStatus[]> {
    const newest = await this.#newest(agent, messagesRead);
    const unlisted = prompts.filter((prompt) => !isListed(newest, prompt));
    // A long turn pushes its prompt out of the newest messages; a lost one is nowhere.
    const older = await Promise.all(
      unlisted.map(({ messageId }) => this.#options.client.message(agent.sessionId, messageId)),
    );
    const messages = [...older.filter((message) => message !== undefined), ...newest.messages];
    return prompts.map((prompt): PromptStatus => {
      const isKnown = messages.some(({ info }) => info.id === prompt.messageId);
      if (!isKnown)
        return { prompt, status: lostStatus(messages, prompt, prompts), lastId: undefined };
      if (isListed(newest, prompt)) return statusIn(newest, prompt);
      return readStatus(messages, prompt);
    });
  }
}

/** The statuses of prompts of which all have ended and are among messages that were read; else undefined. */
function endsIn(newest: NewestMessages, prompts: Prompt[]): PromptStatus[] | undefined {
  if (!prompts.every((prompt) => isListed(newest, prompt))) return undefined;
  const statuses = prompts.map((prompt) => statusIn(newest, prompt));
  return statuses.every(({ status }) => isEnd(status)) ? statuses : undefined;
}

/** The status of a prompt whose message opencode does not have. */
function lostStatus(messages: SessionMessage[], prompt: Prompt, prompts: Prompt[]) {
  const { attemptedAt = 0 } = prompt;
  // Undone in the terminal, and something else was written: it is not to be run again.
  const isUndone = messages.some(
    ({ info }) =>
      info.role === "user" &&
      info.time.created > attemptedAt &&
      !prompts.some(({ messageId }) => messageId === info.id),
  );
  return isUndone ? { kind: "stopped" as const, text: "" } : { kind: "missing" as const };
}
