import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, resolve } from "node:path";
import type { Logger } from "../log.ts";
import type { TmuxServer } from "../tmux/tmux.ts";
import { TmuxError } from "../tmux/tmux-error.ts";

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
  log: Logger;
}

/** What is missing, in one line each. */
export interface MissingPrograms {
  opencode?: string | undefined;
  tmux?: string | undefined;
}

const opencodeMissing =
  "OPENCODE_BIN cannot be run: install opencode, or correct OPENCODE_BIN and restart.";
const tmuxMissing = "tmux is not installed: install it; no restart is needed.";
// Where programs are looked for without a PATH.
const usualPath = "/usr/bin:/bin";

/**
 * Tells whether the programs that Switchboard starts can be run. It goes on without them, since what
 * operators write is kept, and continues once they are there.
 */
export class Programs {
  #options: ProgramsOptions;
  #logged = new Set<string>();

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /**
   * The programs that are needed and cannot be run: for terminals, and for opencode's server unless that
   * answers already.
   */
  async missing(isAnswering: boolean): Promise<MissingPrograms> {
    const { isLocal, isTyped } = this.#options;
    if (!isTyped && (isAnswering || !isLocal)) return {};
    const [opencode, tmux] = await Promise.all([this.#opencodeRuns(), this.#tmuxRuns()]);
    return {
      ...(!opencode && { opencode: opencodeMissing }),
      ...(!tmux && { tmux: tmuxMissing }),
    };
  }

  /** As `missing`, and logs each, once until it is there again. Resolves to whether one is missing. */
  async logMissing(isAnswering: boolean): Promise<boolean> {
    const faults = new Set(Object.values(await this.missing(isAnswering)));
    for (const fault of faults.difference(this.#logged)) this.#options.log.error(fault);
    this.#logged = faults;
    return faults.size > 0;
  }

  async #opencodeRuns(): Promise<boolean> {
    const { bin, path = usualPath, cwd } = this.#options;
    if (bin.includes("/")) return isProgram(resolve(cwd, bin));
    const found = path.split(delimiter).map((folder) => isProgram(resolve(cwd, folder, bin)));
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
