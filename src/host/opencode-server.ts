import { isDeepStrictEqual } from "node:util";
import type { Logger } from "../log.ts";
import type { TmuxServer } from "../tmux/tmux.ts";
import { serverSession } from "../agents/agents.ts";
import type { Programs } from "./programs.ts";
import type { ServerStart, StartRecord } from "./server-start.ts";

/** What starting the opencode server needs. */
export interface OpencodeServerOptions {
  tmux: TmuxServer;
  bin: string;
  url: string;
  cwd: string;
  /** Variables of the server alone: its password and where the agent's side is. */
  env: Record<string, string>;
  /** What of it matters to terminals, and where that is kept. */
  start: ServerStart;
  record: StartRecord;
  /** The names of the agents, whose terminals show the server. */
  agents: () => Promise<string[]>;
  /** Only a server on this machine can be started by us. */
  isLocal: boolean;
  programs: Pick<Programs, "logMissing">;
  log: Logger;
}

/**
 * The opencode server inside tmux, started when its URL is on loopback and nothing answers there, so
 * that restarting the bridge never stops an agent.
 */
export class OpencodeServer {
  #options: OpencodeServerOptions;
  #starting: Promise<void> | undefined;

  constructor(options: OpencodeServerOptions) {
    this.#options = options;
  }

  /**
   * Starts the server unless its tmux session runs it already, it is not ours to start, or a program that
   * it needs is missing, which is logged. Call it when nothing answers; it returns before the server is
   * ready.
   */
  ensure(): Promise<void> {
    if (!this.#options.isLocal) return Promise.resolve();
    this.#starting ??= this.#ensure().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  async #ensure(): Promise<void> {
    const { tmux, bin, url, cwd, env, start, record, programs, log } = this.#options;
    if (await programs.logMissing(false)) return;
    const pane = await tmux.pane(serverSession);
    if (pane && !pane.dead) return;
    const { hostname, port } = new URL(url);
    const host = hostname === "localhost" ? "127.0.0.1" : hostname.replace(/^\[|\]$/g, "");
    const command = [bin, "serve", "--hostname", host, "--port", port || "80"];
    log.info({ restarted: pane !== undefined }, "opencode does not answer; starting its server");
    const before = await record.read();
    // Before it starts: after a crash in between it does not run, and is started by these settings too.
    await record.write(start);
    // A terminal that connects before the first request of an agent's loop would have opencode load
    // what projects bring: see agent/plugin/project-guard.ts.
    const isGuarded = start.projectConfig === "ignore";
    if (isGuarded || !isDeepStrictEqual(before, start)) await this.#closeTerminals();
    if (pane) await tmux.respawn(pane.id, { command, cwd, env });
    else await tmux.newSession({ name: serverSession, command, cwd, env, width: 120, height: 40 });
  }

  /** Terminals of before have another password, or obey projects; the agents' loops make new ones. */
  async #closeTerminals(): Promise<void> {
    const { tmux, agents } = this.#options;
    for (const name of await agents()) await tmux.killSession(name);
  }
}
