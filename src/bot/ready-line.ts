import { type Agents, defaultAgent } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import type { EventStream } from "../opencode/events.ts";
import type { AgentLoops } from "../runner/agent-loops.ts";
import type { Registration } from "../telegram/registration.ts";

/** What the line needs. */
export interface ReadyLineOptions {
  agents: Pick<Agents, "get">;
  /** Where the bot listens; asked when the line is written. */
  address: () => string | undefined;
  log: Logger;
}

/** Writes one line, the last of a start, once an operator who writes to the bot is heard by its agent. */
export class ReadyLine {
  #options: ReadyLineOptions;
  #bot: string | undefined;
  #isOpencodeUp = false;
  #isAgentUp = false;
  #isWritten = false;

  constructor(options: ReadyLineOptions) {
    this.#options = options;
  }

  /** Begins to listen to those who know. */
  listen(registration: Registration, events: EventStream, loops: AgentLoops): void {
    registration.on("registered", ({ username }) => this.#tell(this.registered(username)));
    events.on("open", () => this.#tell(this.opencodeUp()));
    loops.on("reconciled", (name) => this.#tell(this.agentUp(name)));
  }

  #tell(told: Promise<void>): void {
    const { log } = this.#options;
    told.catch((error: unknown) => log.info({ err: error }, "it is not known who is ready"));
  }

  /** Telegram sends the bot's updates. */
  registered(username: string): Promise<void> {
    this.#bot = username;
    return this.#write();
  }

  /** opencode's events are heard. */
  opencodeUp(): Promise<void> {
    this.#isOpencodeUp = true;
    return this.#write();
  }

  /** An agent was brought into the state it should have. */
  agentUp(name: string): Promise<void> {
    if (name !== defaultAgent) return Promise.resolve();
    this.#isAgentUp = true;
    return this.#write();
  }

  async #write(): Promise<void> {
    const { agents, address, log } = this.#options;
    if (this.#isWritten || this.#bot === undefined || !this.#isOpencodeUp) return;
    const isStopped = (await agents.get(defaultAgent))?.state === "stopped";
    if (this.#isWritten || (!isStopped && !this.#isAgentUp)) return;
    this.#isWritten = true;
    const agent = isStopped ? `${defaultAgent} is stopped` : `agent ${defaultAgent}`;
    log.info(`Ready: @${this.#bot} listens at ${address()}, ${agent}`);
  }
}
