import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, resolve } from "node:path";
import type { Logger } from "../log.ts";
import type { TmuxServer } from "../tmux/tmux.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import { missing, type ToolVersion } from "./versions.ts";

/** What looking for the programs needs. */
export interface ProgramsOptions {
  tmux: Pick<TmuxServer, "listSessions">;
  /** `OPENCODE_BIN`: a path, or a name that is looked for in `path`. */
  bin: string;
  /** The `PATH` that the programs are started with. */
  path: string | undefined;
  /** Where a relative path begins; absolute. */
  cwd: string;
  /** Only a server on this machine is started by us. */
  isLocal: boolean;
  /** Prompts are typed, so that terminals are needed in any case. */
  isTyped: boolean;
  /** Asks the opencode of `bin` for its version; nothing is asked without it. */
  version?: () => Promise<ToolVersion | undefined>;
  log: Logger;
}

/** What is missing or cannot be used, in one line each. */
export interface MissingPrograms {
  opencode?: string | undefined;
  tmux?: string | undefined;
}

// Where programs are looked for without a PATH.
const usualPath = "/usr/bin:/bin";

/**
 * Tells whether the programs that Switchboard and its agents start can be run. It goes on without them,
 * since what operators write is kept, and continues once they are there.
 */
export class Programs {
  #options: ProgramsOptions;
  #logged = new Set<string>();
  /** What the opencode that would be started lacks. */
  #fault: string | undefined;

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /**
   * The programs that are needed and cannot be run: for terminals, and for opencode's server unless that
   * answers already. An opencode that is too old is known once a server was to be started.
   */
  async missing(isAnswering: boolean): Promise<MissingPrograms> {
    const { isLocal, isTyped } = this.#options;
    if (!isTyped && (isAnswering || !isLocal)) return {};
    const [hasOpencode, tmux] = await Promise.all([this.#opencodeRuns(), this.#tmuxRuns()]);
    const opencode = hasOpencode ? this.#fault : missing.opencode;
    return { ...(opencode !== undefined && { opencode }), ...(!tmux && { tmux: missing.tmux }) };
  }

  /** What works without, but not as it should: agents reply by curl. In one line; undefined when all is well. */
  async warning(): Promise<string | undefined> {
    if (!this.#options.isLocal || (await this.#isFound("curl"))) return undefined;
    return missing.curl;
  }

  /**
   * Logs what is missing and the warning, each once until it is right again. Where nothing answers, a
   * server is to be started, and the version of opencode counts too. Resolves to whether one is missing.
   */
  async logMissing(isAnswering: boolean): Promise<boolean> {
    if (!isAnswering) this.#fault = (await this.#options.version?.())?.problem;
    const faults = new Set<string>(Object.values(await this.missing(isAnswering)));
    const isMissing = faults.size > 0;
    const warning = await this.warning();
    if (warning !== undefined) faults.add(warning);
    const fresh = faults.difference(this.#logged);
    this.#logged = faults;
    for (const fault of fresh) this.#options.log[fault === warning ? "warn" : "error"](fault);
    return isMissing;
  }

  #opencodeRuns(): Promise<boolean> {
    const { bin, cwd } = this.#options;
    return bin.includes("/") ? isProgram(resolve(cwd, bin)) : this.#isFound(bin);
  }

  async #isFound(name: string): Promise<boolean> {
    const { path = usualPath, cwd } = this.#options;
    const found = path.split(delimiter).map((folder) => isProgram(resolve(cwd, folder, name)));
    return (await Promise.all(found)).includes(true);
  }

  /** A tmux that is there and fails is another fault. */
  async #tmuxRuns(): Promise<boolean> {
    try {
      await this.#options.tmux.listSessions();
      return true;
    } catch (error) {
      return !(error instanceof TmuxError && error.reason === "not-installed");
    }
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
