import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
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
  /** Milliseconds between two looks at a server that starts; 100 unless told. */
  lookEveryMs?: number;
}

// What opencode 1.18 writes once it answers. A request in the last 0.25 s before that is never answered.
const itListens = "server listening on";
// It listens 0.3 s before it says so; one that says it otherwise is not waited for much longer.
const listensForMs = 2000;
const saysWithinMs = 60_000;

/**
 * The opencode server inside tmux, started when its URL is on loopback and nothing answers there, so
 * that restarting the bridge never stops an agent.
 */
export class OpencodeServer {
  #options: OpencodeServerOptions;
  #starting: Promise<void> | undefined;
  /** Pending while a server starts. */
  #coming: Promise<void> | undefined;

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

  /**
   * Looks for the programs that are needed, which is logged, and begins with the server, as `ensure`, if
   * nothing listens at its address. What asks opencode from now on waits by `up`.
   */
  begin(): void {
    this.#comes(async () => {
      if (!this.#options.isLocal || (await this.#listens())) {
        // Nothing is started, so nothing waits for it.
        void this.#logMissing();
        return;
      }
      await this.ensure();
      await this.#saysIt();
    });
  }

  /** Resolves once a server that is being started has said that it listens; at once when none is. */
  async up(): Promise<void> {
    await this.#coming;
  }

  /** What cannot be seen or done is no reason to wait: whoever asks opencode next finds out. */
  #comes(begin: () => Promise<void>): void {
    const { log } = this.#options;
    this.#coming ??= begin()
      .catch((error: unknown) => log.debug({ err: error }, "the start of opencode was not seen"))
      .finally(() => (this.#coming = undefined));
  }

  async #logMissing(): Promise<void> {
    const { programs, log } = this.#options;
    try {
      await programs.logMissing(true);
    } catch (error) {
      log.info({ err: error }, "the programs could not be looked for");
    }
  }

  async #listens(): Promise<boolean> {
    const { hostname, port } = new URL(this.#options.url);
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: Number(port || 80) });
    try {
      await once(socket, "connect");
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }

  async #saysIt(): Promise<void> {
    const { tmux, log, lookEveryMs = 100 } = this.#options;
    const began = performance.now();
    let listensSince = Infinity;
    while (performance.now() - began < saysWithinMs) {
      const pane = await tmux.pane(serverSession);
      if (!pane || pane.dead) return;
      const says = (await tmux.look(pane.id)).text.includes(itListens);
      if (!says && (await this.#listens())) {
        listensSince = Math.min(listensSince, performance.now());
      }
      if (says || performance.now() - listensSince > listensForMs) {
        log.info({ ms: Math.round(performance.now() - began) }, "opencode is up");
        return;
      }
      await pause(lookEveryMs);
    }
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
    this.#comes(() => this.#saysIt());
  }

  /** Terminals of before have another password, or obey projects; the agents' loops make new ones. */
  async #closeTerminals(): Promise<void> {
    const { tmux, agents } = this.#options;
    for (const name of await agents()) await tmux.killSession(name);
  }
}
