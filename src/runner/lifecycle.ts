import {
  type Agents,
  agentSignal,
  isAgentName,
  markStopped,
  startAgent,
} from "../agents/agents.ts";
import { renameAgent } from "../agents/rename.ts";
import { continueAgent, renewAgent } from "../agents/renew.ts";
import { type Resumed, type ResumeOutcome, resumeSession } from "../agents/resume.ts";
import { closeCards } from "../cards/card-view.ts";
import type { Logger } from "../log.ts";
import { renameCards } from "../cards/rename.ts";
import { renameReplies } from "../outbox/rename.ts";
import { dropReplies } from "../outbox/share.ts";
import { laneOf } from "../prompts/lane.ts";
import { cancelPrompts, currentPrompt, endPrompt } from "../prompts/prompts.ts";
import { renamePrompts } from "../prompts/rename.ts";
import type { Store, Transaction } from "../store/store.ts";
import { renameLiveMessages } from "../turns/live/live-table.ts";
import { renameSessionMark } from "../turns/session-marks.ts";
import { texts } from "../texts/texts.ts";
import { renameOutages } from "./outage-notices.ts";
import type { Sessions } from "./sessions.ts";

/** What starting and stopping agents needs. */
export interface LifecycleOptions {
  store: Store;
  agents: Agents;
  sessions: Sessions;
  /** Absolute path where agents work. */
  directory: string;
  yolo: boolean;
  log: Logger;
}

/** How an agent is started. */
export interface StartOptions {
  /**
   * `continue`: a stopped agent goes on in the session it had, where it has one; `fresh`: with a new one,
   * and without its memory.
   */
  mode?: "continue" | "fresh";
  /** Absolute path of the folder a new session works in, which the caller has checked. */
  directory?: string | undefined;
  /** Nothing is asked in this one session; that of the settings for a new session when undefined. */
  yolo?: boolean | undefined;
}

/** What came of a start. */
export type StartOutcome =
  /** It begins in a new session. */
  | "started"
  /** It goes on in the session it had. */
  | "continued"
  /** It runs already, and nothing was changed. */
  | "running";

/** What came of a rename. */
export type RenameOutcome =
  | "renamed"
  /** That cannot be the name of an agent. */
  | "invalid"
  /** Another agent, running or stopped, has that name. */
  | "taken"
  /** It works on a prompt: what runs in that turn speaks by the present name. */
  | "busy"
  /** There is no agent to rename. */
  | "unknown";

/**
 * Starts, stops and changes agents. All of it only records what is wanted, in the caller's transaction; the
 * agent's loop does the rest, also after a crash.
 */
export class Lifecycle {
  #options: LifecycleOptions;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Begins to end the turns and terminals of stopped agents at once, not after their loops' current run. */
  listen(): void {
    this.#options.store.on(agentSignal, (name) => {
      if (name !== undefined) void this.#endStopped(name);
    });
  }

  /** Starts an agent; its loop makes the session and the terminal as soon as opencode answers. */
  async start(
    transaction: Transaction,
    name: string,
    options: StartOptions = {},
  ): Promise<StartOutcome> {
    const { mode = "fresh", yolo } = options;
    if (mode === "continue" && (await continueAgent(transaction, name, { yolo: yolo ?? false }))) {
      return "continued";
    }
    return startAgent(transaction, {
      name,
      directory: options.directory ?? this.#options.directory,
      yolo: yolo ?? this.#options.yolo,
    });
  }

  /** Makes a session an agent's and starts that one; see `resumeSession`. */
  resume(transaction: Transaction, resumed: Resumed): Promise<ResumeOutcome> {
    return resumeSession(transaction, resumed);
  }

  /**
   * Stops an agent, closes its cards, cancels its prompts and drops its replies that wait; resolves to how
   * many. Its turn and its terminal are ended by its loop, again when it was stopped before. Its session is
   * kept. Undefined when there is no such agent.
   */
  async stop(
    transaction: Transaction,
    name: string,
  ): Promise<{ prompts: number; replies: number } | undefined> {
    if (!(await markStopped(transaction, name))) return undefined;
    await closeCards(transaction, name, texts.cards.endings.stopped);
    const prompts = await cancelPrompts(transaction, name);
    return { prompts, replies: await dropReplies(transaction, name) };
  }

  /**
   * Gives a running agent a new session, without memory; what it works on is cancelled and its terminal
   * replaced, and the prompts that wait go to the new session. `yolo` is that of the new one, as before
   * when undefined. Undefined when the agent does not run, else how many prompts were cancelled.
   */
  async renew(
    transaction: Transaction,
    name: string,
    { yolo }: Pick<StartOptions, "yolo"> = {},
  ): Promise<{ prompts: number } | undefined> {
    if (!(await renewAgent(transaction, name, { yolo }))) return undefined;
    await closeCards(transaction, name, texts.cards.endings.replaced);
    // Several where some were sent into the running turn.
    const { running } = await laneOf(transaction, name);
    for (const { id } of running) await endPrompt(transaction, id, "cancelled");
    return { prompts: running.length };
  }

  /** As `renew`, and cancels the prompts that wait as well. */
  async clear(
    transaction: Transaction,
    name: string,
    options: Pick<StartOptions, "yolo"> = {},
  ): Promise<{ prompts: number } | undefined> {
    const renewed = await this.renew(transaction, name, options);
    return renewed && { prompts: renewed.prompts + (await cancelPrompts(transaction, name)) };
  }

  /**
   * Gives an agent another name: its conversations, prompts, cards, replies, its terminal and what was told
   * of its outages follow. Its session keeps its title, and its shells their token.
   */
  async rename(transaction: Transaction, name: string, newName: string): Promise<RenameOutcome> {
    if (!isAgentName(newName)) return "invalid";
    if (await currentPrompt(transaction, name)) return "busy";
    const outcome = await renameAgent(transaction, name, newName);
    if (outcome !== "renamed") return outcome;
    await renamePrompts(transaction, name, newName);
    await renameCards(transaction, name, newName);
    await renameReplies(transaction, name, newName);
    await renameSessionMark(transaction, name, newName);
    await renameOutages(transaction, name, newName);
    await renameLiveMessages(transaction, name, newName);
    return outcome;
  }

  /** A failure is left to the loop, which tries again. */
  async #endStopped(name: string): Promise<void> {
    const { agents, sessions, log } = this.#options;
    try {
      const agent = await agents.get(name);
      if (agent) await sessions.end(agent);
    } catch (error) {
      log.info({ err: error, agent: name }, "a stopped agent's turn could not be ended yet");
    }
  }
}
