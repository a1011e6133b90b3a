import type { StartedAgent } from "../agents/agents.ts";
import type { AgentTerminals } from "../host/terminals.ts";
import type { Logger } from "../log.ts";
import type { Opencode, PromptMode } from "../opencode/client.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import { readScreen, showsSession } from "./tui.ts";

/** What reading a session's mode needs. */
export interface PromptModesOptions {
  client: Pick<Opencode, "agents" | "session">;
  /** Undefined where prompts are not typed, so that nobody is expected to choose in the terminal. */
  terminals: Pick<AgentTerminals, "capture"> | undefined;
  /** For a session that had no prompt yet; opencode's own choice when undefined. */
  defaults: Pick<PromptMode, "model" | "variant">;
  log: Logger;
}

/**
 * Knows as which agent of opencode (build, plan, …) and by which model a session's next prompt runs.
 * A post that names neither runs as opencode's default one, whatever was chosen in the terminal: a
 * prompt that only Plan should see would write files.
 */
export class PromptModes {
  #options: PromptModesOptions;

  constructor(options: PromptModesOptions) {
    this.#options = options;
  }

  /**
   * The agent that the terminal shows, else that of the session's last prompt; its model and variant.
   * @throws OpencodeUnreachable, OpencodeRefused when the session cannot be read.
   */
  async of(agent: StartedAgent): Promise<PromptMode> {
    const { client, defaults } = this.#options;
    const [{ agent: last, model }, shown] = await Promise.all([
      client.session(agent.sessionId),
      this.#shown(agent),
    ]);
    const chosen =
      shown === undefined || isSame(shown, last) ? last : await this.#named(agent, shown);
    if (!model) return { agent: chosen ?? last, ...defaults };
    return {
      agent: chosen ?? last,
      model: `${model.providerID}/${model.id}`,
      variant: model.variant ?? defaults.variant,
    };
  }

  /** The agent's name as the TUI shows it; undefined when it cannot be read. */
  async #shown(agent: StartedAgent): Promise<string | undefined> {
    const { terminals, log } = this.#options;
    try {
      const look = await terminals?.capture(agent.name);
      if (!look || look.dead || look.inMode || !showsSession(look.title, agent.title))
        return undefined;
      return readScreen(look).agent;
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      log.warn({ err: error, agent: agent.name }, "what the terminal shows could not be read");
      return undefined;
    }
  }

  /** opencode's own name of an agent that the TUI shows, such as `plan` of `Plan`. */
  async #named({ directory }: StartedAgent, shown: string): Promise<string | undefined> {
    const agents = await this.#options.client.agents(directory);
    return agents.find(({ name }) => isSame(shown, name))?.name;
  }
}

function isSame(shown: string, name: string | undefined): boolean {
  return shown.toLowerCase() === name?.toLowerCase();
}
