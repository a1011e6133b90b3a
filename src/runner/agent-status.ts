import type { Agents } from "../agents/agents.ts";
import type { PromptModes } from "../delivery/prompt-mode.ts";
import type { Logger } from "../log.ts";
import type { EventStream } from "../opencode/events.ts";
import { choiceInWords } from "../opencode/models.ts";
import type { SessionReader } from "../opencode/session-reader.ts";
import { texts } from "../texts/texts.ts";
import type { ModelCheck } from "./model-check.ts";
import { withinMoment } from "./within-moment.ts";

/** What describing agents needs. */
export interface AgentStatusOptions {
  agents: Agents;
  reader: SessionReader;
  modes: Pick<PromptModes, "of">;
  modelCheck: Pick<ModelCheck, "fault">;
  events: Pick<EventStream, "isOpen">;
  log: Logger;
}

const { state } = texts.agents;

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
    const { agents, reader } = this.#options;
    const agent = await agents.get(name);
    if (agent?.state !== "active") return state.stopped;
    if (agent.sessionId === undefined) {
      return this.isReachable ? state.starting : state.waitsForOpencode;
    }
    const now = await this.#soon(reader.readSession({ ...agent, sessionId: agent.sessionId }));
    if (!now) return state.unknown;
    if (now.decisions.length > 0) return state.waitsForDecision;
    if (now.retrying) return state.waitsForModel;
    return now.busy ? state.working : state.idle;
  }

  /**
   * In which mode and on which model an agent's next prompt runs, in words; undefined when that is not
   * known in time.
   */
  async nextPrompt(name: string): Promise<{ mode: string; model: string } | undefined> {
    const { agents, modes, reader } = this.#options;
    const agent = await agents.get(name);
    if (agent?.state !== "active" || agent.sessionId === undefined) return undefined;
    const session = { ...agent, sessionId: agent.sessionId };
    const [now, mode] = await Promise.all([
      this.#soon(reader.readSession(session)),
      this.#soon(modes.of(session)),
    ]);
    if (!now || !mode) return undefined;
    return { mode: mode.agent ?? texts.agents.opencodesAgent, model: choiceInWords(mode) };
  }

  /**
   * One sentence on a configured model that does not exist; undefined when it does, or when opencode does
   * not say in time.
   */
  modelFault(): Promise<string | undefined> {
    return this.#soon(this.#options.modelCheck.fault());
  }

  #soon<Value>(answer: Promise<Value>): Promise<Value | undefined> {
    return withinMoment(answer, this.#options.log);
  }
}
