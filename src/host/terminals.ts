import type { StartedAgent } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import type { Look, StyledLook } from "../tmux/pane.ts";
import type { TmuxServer } from "../tmux/tmux.ts";
import { TmuxError, type TmuxReason } from "../tmux/tmux-error.ts";

/** What the terminals need. */
export interface TerminalOptions {
  tmux: TmuxServer;
  opencodeBin: string;
  opencodeUrl: string;
  /** Variables of the TUI alone: the server's user name and password. */
  env: Record<string, string>;
  /** Where the TUI is started; in the agent's directory when undefined. */
  launchDir?: string | undefined;
  log: Logger;
}

/** The terminals of the agents; tests have another one. */
export type AgentTerminals = Pick<Terminals, keyof Terminals>;

const gone = new Set<TmuxReason>(["no-server", "no-session", "gone"]);
const columns = 160;
const rows = 50;

/** The terminals of the agents: a tmux session each, of the agent's name, showing opencode's TUI. */
export class Terminals {
  #options: TerminalOptions;
  /** Where each terminal was seen last, which saves a run of tmux; checked at every capture. */
  #panes = new Map<string, string>();

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /**
   * Makes sure that the agent's terminal runs: a missing one is created, a dead one restarted on the
   * same opencode session. A TUI that was just started takes seconds before it takes text.
   * @throws TmuxError
   */
  async ensure(agent: StartedAgent): Promise<void> {
    const { tmux } = this.#options;
    const pane = await tmux.pane(agent.name);
    if (pane && !pane.dead) return;
    const program = this.#program(agent);
    if (pane) await tmux.respawn(pane.id, program);
    else await tmux.newSession({ name: agent.name, ...program, width: columns, height: rows });
  }

  /** Restarts what runs in the terminal, even if it hangs. @throws TmuxError */
  async restart(agent: StartedAgent): Promise<void> {
    const pane = await this.#options.tmux.pane(agent.name);
    if (pane) await this.#options.tmux.respawn(pane.id, this.#program(agent));
    else await this.ensure(agent);
  }

  /** The terminal's state and screen, or undefined when there is none. @throws TmuxError */
  async capture(name: string): Promise<Look | undefined> {
    return this.#see(name, (paneId) => this.#options.tmux.look(paneId));
  }

  /** The same with what the screen looks like. @throws TmuxError */
  async captureStyled(name: string): Promise<StyledLook | undefined> {
    return this.#see(name, (paneId) => this.#options.tmux.styledLook(paneId));
  }

  /** The same as `capture`, with so many lines of what has scrolled away. @throws TmuxError */
  async captureBack(name: string, lines: number): Promise<Look | undefined> {
    return this.#see(name, (paneId) => this.#options.tmux.lookBack(paneId, lines));
  }

  /** The text on the terminal's screen; undefined when there is none, or tmux cannot be used. */
  async screen(name: string): Promise<string | undefined> {
    try {
      return (await this.capture(name))?.text;
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      this.#options.log.warn({ err: error, agent: name }, "a terminal could not be read");
      return undefined;
    }
  }

  /**
   * Gives the tmux session of an agent that was renamed its new name. Where that cannot be done, it is
   * ended; the agent's next prompt makes one.
   */
  async rename(formerName: string, name: string): Promise<void> {
    try {
      if (await this.#options.tmux.renameSession(formerName, name)) return;
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      this.#options.log.warn({ err: error, agent: name }, "a terminal could not be renamed");
      await this.close(formerName);
    }
  }

  /** Ends the agent's tmux session; a tmux that cannot be used is logged. */
  async close(name: string): Promise<void> {
    try {
      await this.#options.tmux.killSession(name);
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      this.#options.log.warn({ err: error, agent: name }, "a terminal could not be closed");
    }
  }

  async #see<Seen extends Look>(
    name: string,
    look: (paneId: string) => Promise<Seen>,
  ): Promise<Seen | undefined> {
    const last = this.#panes.get(name);
    const seen = last === undefined ? undefined : await look(last).catch(goneAsUndefined);
    if (seen?.session === name) return seen;
    const pane = await this.#options.tmux.pane(name);
    if (!pane) return undefined;
    this.#panes.set(name, pane.id);
    return look(pane.id);
  }

  #program(agent: StartedAgent) {
    const { opencodeBin, opencodeUrl, env, launchDir } = this.#options;
    const { directory, sessionId } = agent;
    return {
      command: [opencodeBin, "attach", opencodeUrl, "--dir", directory, "-s", sessionId],
      cwd: launchDir ?? directory,
      env,
    };
  }
}

function goneAsUndefined(error: unknown): undefined {
  if (error instanceof TmuxError && gone.has(error.reason)) return undefined;
  throw error;
}
