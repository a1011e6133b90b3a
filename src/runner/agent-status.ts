import type { Agents } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import type { EventStream } from "../opencode/events.ts";
import type { SessionReader } from "../opencode/session-reader.ts";

/** What describing agents needs. */
export interface AgentStatusOptions {
  agents: Agents;
  reader: SessionReader;
  events: Pick<EventStream, "isOpen">;
  log: Logger;
}

/** Says what agents do now. */
export class AgentStatus {
  #options: AgentStatusOptions;

  constructor(options: AgentStatusOptions) {
    this.#options = options;
  }

  /** Whether opencode's event stream is open. */
  get isReachable(): boolean {
    return this.#options.events.isOpen;
  }

  /** What an agent does now, in a few words for the chat. */
  async describe(name: string): Promise<string> {
    const { agents, reader, log } = this.#options;
    const agent = await agents.get(name);
    if (agent?.state !== "active") return "stopped";
    if (agent.sessionId === undefined) {
      return this.isReachable ? "starting" : "waiting for opencode, which is not responding";
    }
    try {
      const now = await reader.readSession({ ...agent, sessionId: agent.sessionId });
      if (now.decisions.length > 0) return "waiting for your decision";
      if (now.retrying) return "the model cannot be reached; opencode keeps trying";
      return now.busy ? "working" : "idle";
    } catch (error) {
      log.info({ err: error, agent: name }, "an agent's state could not be read");
      return "opencode is not responding; prompts wait";
    }
  }
}
