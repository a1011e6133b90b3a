import type { Look } from "../tmux/pane.ts";
import type { Tmux } from "../tmux/tmux.ts";
import type { Agent } from "./agents.ts";

/** An agent whose opencode session exists. */
export type StartedAgent = Agent & { sessionId: string };

/** How the TUI is started. */
export interface TerminalOptions {
  tmux: Tmux;
  opencodeBin: string;
  opencodeUrl: string;
  /** Variables of the TUI alone: the server's user name and password. */
  env: Record<string, string>;
}

const columns = 160;
const rows = 50;

/** The terminals of the agents: a tmux session each, of the agent's name, showing opencode's TUI. */
export class Terminals {
  #options: TerminalOptions;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /**
   * Sees to it that the agent's terminal runs: a missing one is made, a dead one restarted on the
   * same opencode session. Resolves to whether it was running already; a TUI that was just started
   * takes seconds before it takes text.
   */
  async ensure(agent: StartedAgent): Promise<boolean> {
    const { tmux } = this.#options;
    const pane = await tmux.pane(agent.name);
    if (pane && !pane.dead) return true;
    const program = this.#program(agent);
    if (pane) await tmux.respawn(pane.id, program);
    else await tmux.newSession({ name: agent.name, ...program, width: columns, height: rows });
    return false;
  }

  /** Ends what runs in the terminal, whatever it hangs in, and starts it anew. */
  async restart(agent: StartedAgent): Promise<void> {
    const pane = await this.#options.tmux.pane(agent.name);
    if (pane) await this.#options.tmux.respawn(pane.id, this.#program(agent));
    else await this.ensure(agent);
  }

  /** The terminal's state and screen, or undefined when there is none. */
  async look(name: string): Promise<Look | undefined> {
    const pane = await this.#options.tmux.pane(name);
    return pane && this.#options.tmux.look(pane.id);
  }

  /** Ends the agent's tmux session. */
  async end(name: string): Promise<void> {
    await this.#options.tmux.killSession(name);
  }

  #program(agent: StartedAgent) {
    const { opencodeBin, opencodeUrl, env } = this.#options;
    return {
      command: [
        opencodeBin,
        "attach",
        opencodeUrl,
        "--dir",
        agent.directory,
        "-s",
        agent.sessionId,
      ],
      cwd: agent.directory,
      env,
    };
  }
}
