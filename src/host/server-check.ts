import { serverSession } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import { texts } from "../texts/texts.ts";
import type { TmuxServer } from "../tmux/tmux.ts";
import type { Credentials } from "./server-env.ts";
import type { ServerStart, StartRecord } from "./server-start.ts";

/** What the check needs. */
export interface ServerCheckOptions {
  tmux: TmuxServer;
  url: string;
  credentials: Credentials;
  /** With what the server would be started now, and with what it was. */
  wanted: ServerStart;
  record: StartRecord;
  /** Only of a server on this machine can anything be asked. */
  isLocal: boolean;
  log: Logger;
}

const answerMs = 1000;

/**
 * Tells whether the opencode server that runs is the one that would be started now: it asks for our
 * password, and projects have the say that `PROJECT_CONFIG` gives them. Nothing is ever restarted for
 * that, since agents may be working.
 */
export class ServerCheck {
  #options: ServerCheckOptions;
  #logged: string | undefined;

  constructor(options: ServerCheckOptions) {
    this.#options = options;
  }

  /**
   * What is wrong and how to change it, in one line; undefined when all is well or nothing answers. It is
   * also logged, once each time that it changes.
   */
  async warning(): Promise<string | undefined> {
    const warning = await this.#warning();
    if (warning !== undefined && warning !== this.#logged) this.#options.log.warn(warning);
    this.#logged = warning;
    return warning;
  }

  /** Looks at the server for the log alone. */
  async logWarning(): Promise<void> {
    try {
      await this.warning();
    } catch (error) {
      this.#options.log.info({ err: error }, "the opencode server could not be checked");
    }
  }

  async #warning(): Promise<string | undefined> {
    const { isLocal, credentials } = this.#options;
    if (!isLocal) return undefined;
    const [withoutLogin, withLogin] = await Promise.all([
      this.#status(undefined),
      this.#status(credentials),
    ]);
    if (withoutLogin === undefined && withLogin === undefined) return undefined;
    const isOurs = await this.#isOurs();
    const faults = [
      withoutLogin === 200 ? texts.host.noPassword : undefined,
      withLogin === 401 ? texts.host.wrongPassword : undefined,
      await this.#projectFault(isOurs),
    ].filter((fault) => fault !== undefined);
    return faults.length === 0 ? undefined : [...faults, this.#remedy(isOurs)].join(" ");
  }

  async #projectFault(isOurs: boolean): Promise<string | undefined> {
    const { wanted, record } = this.#options;
    // A server of before this setting, or one that others started, obeys projects.
    const started = isOurs ? ((await record.read())?.projectConfig ?? "trust") : "trust";
    if (started === wanted.projectConfig) return undefined;
    if (!isOurs && wanted.projectConfig === "trust") return undefined;
    const { obeysProjects, ignoresProjects } = texts.host;
    return (started === "trust" ? obeysProjects : ignoresProjects)({
      wanted: wanted.projectConfig,
    });
  }

  #remedy(isOurs: boolean): string {
    const { restart, stopForeign } = texts.host.remedy;
    if (!isOurs) return stopForeign;
    return restart({ command: `tmux -L ${this.#options.tmux.socketName} kill-server` });
  }

  async #isOurs(): Promise<boolean> {
    const pane = await this.#options.tmux.pane(serverSession).catch(() => undefined);
    return pane !== undefined && !pane.dead;
  }

  async #status(login: Credentials | undefined): Promise<number | undefined> {
    const { url } = this.#options;
    const basic = Buffer.from(`${login?.username}:${login?.password}`).toString("base64");
    const headers: Record<string, string> = login ? { authorization: `Basic ${basic}` } : {};
    try {
      const signal = AbortSignal.timeout(answerMs);
      const response = await fetch(`${url}/global/health`, { headers, signal });
      await response.body?.cancel();
      return response.status;
    } catch {
      return undefined;
    }
  }
}
