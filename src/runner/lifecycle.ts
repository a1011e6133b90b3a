import type { Logger } from "../log.ts";
import type { OpencodeClient } from "../opencode/client.ts";
import type { EventStream } from "../opencode/events.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import type { Agent, Agents } from "../agents/agents.ts";
import type { Lanes } from "./agent-loops.ts";
import type { SessionState } from "../opencode/session-reader.ts";
import type { StartedAgent, Terminals } from "../host/terminals.ts";

/** What starting and ending agents takes. */
export interface AgentLifeOptions {
  agents: Agents;
  terminals: Terminals;
  client: OpencodeClient;
  events: EventStream;
  lanes: Lanes;
  state: (agent: StartedAgent) => Promise<SessionState>;
  /** Absolute path where agents work. */
  directory: string;
  yolo: boolean;
  log: Logger;
}

/** Starts and ends agents, and tells how they are. */
export class AgentLife {
  #options: AgentLifeOptions;

  constructor(options: AgentLifeOptions) {
    this.#options = options;
  }

  /** Starts an agent; its lane makes the session and the terminal as soon as opencode answers. */
  async start(name: string): Promise<"started" | "running"> {
    const { agents, lanes, directory, yolo } = this.#options;
    const outcome = await agents.start(name, directory, yolo);
    lanes.wake(name);
    return outcome;
  }

  /**
   * Ends an agent: its prompts are dropped, its turn is aborted, its terminal closed. The session
   * stays in opencode's history. Ending one that is stopped does what may have been left undone.
   */
  async stop(agent: Agent): Promise<{ dropped: number; isTurnEnded: boolean; isClosed: boolean }> {
    const dropped = await this.#options.agents.stop(agent.name);
    const [isTurnEnded, isClosed] = await Promise.all([this.#abort(agent), this.#close(agent)]);
    return { dropped, isTurnEnded, isClosed };
  }

  async #abort(agent: Agent): Promise<boolean> {
    const { client, log } = this.#options;
    if (agent.sessionId === undefined) return true;
    try {
      await client.abort(agent.sessionId, agent.directory);
      return true;
    } catch (error) {
      log.warn({ err: error, agent: agent.name }, "a stopped agent's turn could not be aborted");
      return false;
    }
  }

  async #close(agent: Agent): Promise<boolean> {
    const { terminals, log } = this.#options;
    try {
      await terminals.end(agent.name);
      return true;
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      log.warn({ err: error, agent: agent.name }, "a stopped agent's terminal could not be closed");
      return false;
    }
  }

  /** Whether opencode is heard at this moment. */
  get isReachable(): boolean {
    return this.#options.events.isOpen;
  }

  /** What an agent does now, in a few words for the chat. */
  async describe(name: string): Promise<string> {
    const { agents, state, log } = this.#options;
    const agent = await agents.get(name);
    if (agent?.state !== "active") return "stopped";
    if (agent.sessionId === undefined) {
      return this.isReachable ? "starting" : "waiting for opencode, which is not reachable";
    }
    try {
      const now = await state({ ...agent, sessionId: agent.sessionId });
      if (now.decisions.length > 0) return "waiting for your decision";
      if (now.retrying) return "the model cannot be reached; opencode keeps trying";
      return now.busy ? "working" : "idle";
    } catch (error) {
      log.info({ err: error, agent: name }, "an agent's state could not be read");
      return "opencode is not reachable; prompts wait";
    }
  }

  /** The agent's screen as text; undefined when there is no terminal. */
  async screen(name: string): Promise<string | undefined> {
    try {
      return (await this.#options.terminals.look(name))?.text;
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      this.#options.log.warn({ err: error, agent: name }, "the terminal could not be read");
      return undefined;
    }
  }
}
