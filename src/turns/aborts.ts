import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import type { Activity } from "../opencode/activity.ts";
import type { Opencode, SessionMessage } from "../opencode/client.ts";
import type { SessionReader } from "../opencode/session-reader.ts";
import { isAnswer, isStep } from "../opencode/turn-status.ts";
import { askedIn, turnsIn } from "../opencode/turns.ts";
import type { Lane } from "../prompts/lane.ts";
import type { Prompt } from "../prompts/prompt.ts";

/** The turn that is to be aborted. */
export interface AbortWish {
  /** The prompts that are in it; none for a turn that no prompt began. */
  prompts: Pick<Prompt, "id" | "messageId" | "state">[];
  /** The opencode message that it answers, where no prompt began it and that is known. */
  messageId?: string | undefined;
  /** When it was wanted; milliseconds since the epoch. */
  at: number;
}

/** What came of an abort. */
export type AbortResult =
  /** opencode has ended the turn. */
  | "stopped"
  /** Its prompt is on its way, or opencode has not let go of it: look again soon. */
  | "pending"
  /** That turn does not run any more; nothing was changed. */
  | "over";

/** What aborting turns needs. */
export interface TurnAbortsOptions {
  client: Pick<Opencode, "abort" | "messages">;
  activity: Activity;
  sessions: SessionReader;
  log: Logger;
}

// Enough to tell which turn runs; they may be long, and the abort waits for them.
const messagesRead = 10;
// opencode 1.18 takes about 20 ms, and 300 ms where a subagent works.
const restsWithinMs = 2000;

/** What is wanted of an agent's running turn, by the operators' wishes or for prompts that take too long. */
export function wishOf(lane: Lane, overdue: Prompt[] = []): AbortWish | undefined {
  const asked = lane.running.filter(({ abortAt }) => abortAt !== undefined);
  const prompts = asked.length > 0 ? asked : overdue;
  if (prompts.length > 0) {
    const times = prompts.map(({ abortAt, attemptedAt = 0 }) => abortAt ?? attemptedAt);
    return { prompts, at: Math.max(...times) };
  }
  if (lane.abort === undefined) return undefined;
  return { prompts: [], messageId: lane.abort.messageId, at: lane.abort.at };
}

/**
 * Aborts turns. opencode 1.18 takes an abort for a session, not for a turn, so one turn after the other: while
 * an abort is under way, nobody delivers to that agent, and no turn of a prompt can take the place of the one
 * that was read a moment before.
 */
export class TurnAborts {
  #options: TurnAbortsOptions;
  #underWay = new Map<string, Promise<unknown>>();
  #reached = new Set<number>();

  constructor(options: TurnAbortsOptions) {
    this.#options = options;
  }

  /**
   * Aborts the turn that `find` names, if it is the one that runs. `find` is called once no other abort of
   * the agent is under way, and must read what is wanted then. Resolves when the session rests.
   * @throws OpencodeUnreachable, OpencodeRefused: the outcome is unknown. Call it again: a turn that was
   * aborted by then is left alone, and so is a later one.
   */
  async abort(
    name: string,
    find: () => Promise<{ agent: StartedAgent; wish: AbortWish } | undefined>,
  ): Promise<AbortResult> {
    const before = this.#underWay.get(name);
    const work = (async () => {
      await before?.catch(() => undefined);
      const found = await find();
      return found ? this.#abort(found.agent, found.wish) : "over";
    })();
    this.#underWay.set(name, work);
    try {
      return await work;
    } finally {
      if (this.#underWay.get(name) === work) this.#underWay.delete(name);
    }
  }

  /** Resolves once no abort of the agent is under way, to whether there was one. */
  async settled(name: string): Promise<boolean> {
    const work = this.#underWay.get(name);
    await work?.catch(() => undefined);
    return work !== undefined;
  }

  /** Whether an abort ended the turn of this prompt. Forgotten when the process ends. */
  hasReached({ id }: Pick<Prompt, "id">): boolean {
    return this.#reached.has(id);
  }

  /** Forgets a prompt whose turn is over. */
  forget({ id }: Pick<Prompt, "id">): void {
    this.#reached.delete(id);
  }

  async #abort(agent: StartedAgent, wish: AbortWish): Promise<AbortResult> {
    const { client, activity, sessions, log } = this.#options;
    const isBusy = async () => (await sessions.readSession(agent)).busy;
    const messages = await client.messages(agent.sessionId, messagesRead);
    if (!isAbortable(messages, wish)) {
      const isOnItsWay = wish.prompts.some(({ state }) => state === "delivering");
      return isOnItsWay || (await isBusy()) ? "pending" : "over";
    }
    const ids = wish.prompts.map(({ id }) => id);
    log.info({ agent: agent.name, prompts: ids }, "aborting a turn");
    crashPoint("before abort");
    // Nothing may come between the reading and this.
    await client.abort(agent.sessionId, agent.directory);
    for (const id of ids) this.#reached.add(id);
    crashPoint("turn aborted");
    const rests = await activity.waitFor(
      agent.sessionId,
      async () => !(await isBusy()) || undefined,
      { timeoutMs: restsWithinMs, everyMs: 50 },
    );
    if (rests) return "stopped";
    // It may go on as if nothing had been asked, and is asked again.
    for (const id of ids) this.#reached.delete(id);
    return "pending";
  }
}

/**
 * Whether the turn that these messages end with runs and is the one that is meant: it answers one of its
 * prompts, or, where that cannot be told, it had begun when the abort was wanted. A turn that came after that,
 * or after an abort that was made already, is not.
 */
export function isAbortable(messages: SessionMessage[], wish: AbortWish): boolean {
  const { prompts, messageId, at } = wish;
  if (messages.some((message) => wasAborted(message, at))) return false;
  const { turn, isWhole } = newestTurn(messages);
  if (!isUnfinished(turn)) return false;
  const meant = [messageId, ...prompts.map((prompt) => prompt.messageId)];
  if (askedIn(turn).some((id) => meant.includes(id))) return true;
  // The message of a prompt that is typed is known only later.
  const isOnItsWay = prompts.some(({ state }) => state === "delivering");
  const isAny = prompts.length === 0 && messageId === undefined;
  return (isAny || isOnItsWay || !isWhole) && turn.some(({ info }) => info.time.created < at);
}

/** The newest turn, with what was written into it, and whether its beginning is among the messages. */
function newestTurn(messages: SessionMessage[]): { turn: SessionMessage[]; isWhole: boolean } {
  const turns = turnsIn(messages);
  const last = turns.pop() ?? [];
  const before = turns.at(-1);
  const isWritten = last.every(({ info }) => info.role === "user");
  // opencode takes it in when the answer that is being written is done.
  const doesJoin = before !== undefined && isWritten && isBeingWritten(before.at(-1));
  if (doesJoin) turns.pop();
  const turn = doesJoin ? [...before, ...last] : last;
  return { turn, isWhole: turns.length > 0 || messages.length < messagesRead };
}

function isUnfinished(turn: SessionMessage[]): boolean {
  const last = turn.at(-1);
  if (!last) return false;
  return !isAnswer(last) || isBeingWritten(last) || isStep(last);
}

function isBeingWritten(message: SessionMessage | undefined): boolean {
  return message?.info.role === "assistant" && message.info.time.completed === undefined;
}

function wasAborted({ info }: SessionMessage, at: number): boolean {
  if (info.role !== "assistant" || info.error?.name !== "MessageAbortedError") return false;
  return (info.time.completed ?? 0) >= at;
}
