import { lstat, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../log.ts";
import type { Git, GitResult } from "./git.ts";
import { readRemote, type RemoteFault } from "./remote-url.ts";

/** Why a clone was not begun. */
export type CloneRefusal = RemoteFault | "bad-name" | "exists" | "in-progress";

/** Why a clone came to nothing; what it left is removed. */
export type CloneFailure =
  | "not-found"
  | "no-access"
  | "unknown-host"
  | "unreachable"
  | "no-space"
  | "timeout"
  | "stopped"
  | "failed";

/** What came of a clone. */
export type CloneOutcome =
  | { kind: "cloned"; name: string; directory: string }
  | { kind: "refused"; reason: CloneRefusal }
  | { kind: "failed"; reason: CloneFailure }
  | { kind: "git-missing" };

/** What cloning needs. */
export interface ClonesOptions {
  /** The folder that projects are in, as the system resolves it. */
  workspaceDir: string;
  git: Git;
  log: Logger;
}

const projectName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

// Hidden, so that what is unfinished is no project; the time tells what a crash has left.
const unfinished = /^\.switchboard-clone-([0-9a-z]+)-/;
const leftAfterLimits = 2;

// What git 2.39, curl and ssh say in the C locale.
const sayings: [RegExp, CloneFailure][] = [
  [/No space left on device|Disk quota exceeded/, "no-space"],
  [/Host key verification failed/, "unknown-host"],
  [/Could not resolve host|(?:Failed|Could not|Couldn't) (?:to )?connect/i, "unreachable"],
  [/Connection (?:refused|reset|timed out)|unreachable|No route to host/i, "unreachable"],
  [/Authentication failed|could not read (?:Username|Password)/, "no-access"],
  [/Permission denied|returned error: 40[13]/, "no-access"],
  [/repository .*not found|does not appear to be a git repository/is, "not-found"],
  [/does not exist|returned error: 404/, "not-found"],
];

/** Repositories from elsewhere, cloned into the workspace. */
export class Clones {
  #options: ClonesOptions;
  #running = new Set<string>();

  constructor(options: ClonesOptions) {
    this.#options = options;
  }

  /**
   * Clones into `<workspace>/<name>`; the name is that of the URL unless given. The folder is there only
   * once it is complete. Submodules are not fetched, hooks do not run. Never rejects.
   */
  async clone(text: string, given?: string, signal?: AbortSignal): Promise<CloneOutcome> {
    const { workspaceDir, git, log } = this.#options;
    const remote = readRemote(text, git.protocols);
    if (typeof remote === "string") return { kind: "refused", reason: remote };
    const name = given ?? remote.name;
    if (!projectName.test(name)) return { kind: "refused", reason: "bad-name" };
    if (this.#running.has(name)) return { kind: "refused", reason: "in-progress" };
    this.#running.add(name);
    try {
      const directory = join(workspaceDir, name);
      if (await isThere(directory)) return { kind: "refused", reason: "exists" };
      log.info({ host: remote.host, name }, "cloning a repository");
      return await this.#clone(remote.url, name, signal);
    } catch (error) {
      log.error({ err: error, name }, "a repository was not cloned");
      const isFull = /^(ENOSPC|EDQUOT)$/.test(codeOf(error));
      return { kind: "failed", reason: isFull ? "no-space" : "failed" };
    } finally {
      this.#running.delete(name);
    }
  }

  async #clone(url: string, name: string, signal?: AbortSignal): Promise<CloneOutcome> {
    const { workspaceDir, git, log } = this.#options;
    await this.#removeLeft();
    const prefix = `.switchboard-clone-${Date.now().toString(36)}-`;
    const folder = await mkdtemp(join(workspaceDir, prefix));
    try {
      // git makes the project's own folder: this one is closed to other users of the machine.
      const made = join(folder, name);
      const sshCommand = await git.sshCommand();
      const words = ["clone", "--quiet", "--no-recurse-submodules", "--", url, made];
      const result = await git.run(words, { signal, sshCommand });
      if (result.kind !== "done") return this.#failed(result, name);
      const directory = join(workspaceDir, name);
      if (await isThere(directory)) return { kind: "refused", reason: "exists" };
      await rename(made, directory);
      log.info({ directory }, "a repository was cloned");
      return { kind: "cloned", name, directory };
    } finally {
      await this.#remove(folder);
    }
  }

  #failed(result: Exclude<GitResult, { kind: "done" }>, name: string): CloneOutcome {
    this.#options.log.warn({ result, name }, "a repository was not cloned");
    if (result.kind === "git-missing") return { kind: "git-missing" };
    if (result.kind !== "failed") return { kind: "failed", reason: result.kind };
    const reason = sayings.find(([words]) => words.test(result.said))?.[1] ?? "failed";
    return { kind: "failed", reason };
  }

  /** Removes what was left when this machine or Switchboard ended during a clone. */
  async #removeLeft(): Promise<void> {
    const { workspaceDir, git } = this.#options;
    for (const name of await readdir(workspaceDir)) {
      const began = Number.parseInt(unfinished.exec(name)?.[1] ?? "", 36);
      const isLeft = Date.now() - began > leftAfterLimits * git.timeoutMs;
      if (isLeft) await this.#remove(join(workspaceDir, name));
    }
  }

  async #remove(folder: string): Promise<void> {
    // Something that was just killed may still have written a file.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) =>
      this.#options.log.error({ err: error, folder }, "an unfinished clone was not removed"),
    );
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    },
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
