import type { Look } from "../tmux/pane.ts";
import type { Tmux } from "../tmux/tmux.ts";
import { TmuxError, type TmuxReason } from "../tmux/tmux-error.ts";
import type { Agent } from "../agents/agents.ts";

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

const lost = new Set<TmuxReason>(["no-server", "no-session", "gone"]);
const columns = 160;
const rows = 50;

/** The terminals of the agents: a tmux session each, of the agent's name, showing opencode's TUI. */
export class Terminals {
  #options: TerminalOptions;
  /** Where each terminal was seen last, which saves a run of tmux; checked at every look. */
  #panes = new Map<string, string>();

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /**
   * Sees to it that the agent's terminal runs: a missing one is made, a dead one restarted on the
   * same opencode session. A TUI that was just started takes seconds before it takes text.
   */
  async ensure(agent: StartedAgent): Promise<void> {
    const { tmux } = this.#options;
    const pane = await tmux.pane(agent.name);
    if (pane && !pane.dead) return;
    const program = this.#program(agent);
    if (pane) await tmux.respawn(pane.id, program);
    else await tmux.newSession({ name: agent.name, ...program, width: columns, height: rows });
  }

  /** Ends what runs in the terminal, whatever it hangs in, and starts it anew. */
  async restart(agent: StartedAgent): Promise<void> {
    const pane = await this.#options.tmux.pane(agent.name);
    if (pane) await this.#options.tmux.respawn(pane.id, this.#program(agent));
    else await this.ensure(agent);
  }

  /** The terminal's state and screen, or undefined when there is none. */
  async look(name: string): Promise<Look | undefined> {
    const { tmux } = this.#options;
    const last = this.#panes.get(name);
    const seen = last === undefined ? undefined : await tmux.look(last).catch(goneAsUndefined);
    if (seen?.session === name) return seen;
    const pane = await tmux.pane(name);
    if (!pane) return undefined;
    this.#panes.set(name, pane.id);
    return tmux.look(pane.id);
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

function goneAsUndefined(error: unknown): undefined {
  if (error instanceof TmuxError && lost.has(error.reason)) return undefined;
  throw error;
}
