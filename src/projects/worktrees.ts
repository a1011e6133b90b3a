import { chmod, mkdir, realpath, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Logger } from "../log.ts";
import type { Git, GitResult } from "./git.ts";

/** A folder in which a branch of a repository is checked out. */
export interface Worktree {
  directory: string;
  /** Undefined where no branch is checked out. */
  branch: string | undefined;
  /** Whether it is the one that the repository was made with. */
  isMain: boolean;
  /** Whether git still lists it though its folder is gone; it holds its branch all the same. */
  isGone: boolean;
}

/** Why git or this machine could not do it; the log has the details. */
export type WorktreeFailure = "timeout" | "stopped" | "failed";

/** Why a worktree was not added. */
export type WorktreeRefusal = "not-a-repository" | "bad-branch" | "no-commit";

/** What came of adding a worktree. */
export type WorktreeOutcome =
  | {
      kind: "added";
      directory: string;
      branch: string;
      /** Whether the branch was there, here or at the remote, or is new, from HEAD. */
      from: "branch" | "remote" | "head";
    }
  /** `directory` is where the branch is checked out, where git tells. */
  | { kind: "refused"; reason: "checked-out"; directory: string | undefined }
  | { kind: "refused"; reason: WorktreeRefusal }
  | { kind: "failed"; reason: WorktreeFailure }
  | { kind: "git-missing" };

/** What came of asking for the worktrees. */
export type WorktreesOutcome =
  | { kind: "worktrees"; worktrees: Worktree[] }
  | { kind: "refused"; reason: "not-a-repository" }
  | { kind: "failed"; reason: WorktreeFailure }
  | { kind: "git-missing" };

/** What adding worktrees needs. */
export interface WorktreesOptions {
  /** The folder that worktrees are made in, as the system resolves it. */
  workspaceDir: string;
  git: Git;
  log: Logger;
}

// A branch is a file of that name, with its folders: 255 bytes each.
const mostOfBranch = 200;
const mostOfPart = 30;
const mostNames = 100;

/** Worktrees of the repositories that agents work in, made with git itself. */
export class Worktrees {
  #options: WorktreesOptions;

  constructor(options: WorktreesOptions) {
    this.#options = options;
  }

  /** The worktrees of the repository whose top a folder is, the main one first. Never rejects. */
  async list(directory: string): Promise<WorktreesOutcome> {
    const { git } = this.#options;
    const top = await git.run(["-C", directory, "rev-parse", "--show-toplevel"]);
    if (top.kind !== "done") {
      const isNone = /not a git repository|must be run in a work tree|cannot change to/;
      if (top.kind !== "failed" || !isNone.test(top.said)) return this.#failed(top);
      return { kind: "refused", reason: "not-a-repository" };
    }
    // A repository above the folder is another project: it may be the workspace's, or Switchboard's.
    if ((await real(top.output)) !== (await real(directory))) {
      return { kind: "refused", reason: "not-a-repository" };
    }
    // Without -z, which git has since 2.36 only.
    const listed = await git.run(["-C", directory, "worktree", "list", "--porcelain"]);
    if (listed.kind !== "done") return this.#failed(listed);
    return { kind: "worktrees", worktrees: parseWorktrees(listed.output) };
  }

  /**
   * Checks a branch out into a new `<workspace>/<project>-<branch>`: one of this repository, else the one
   * that exactly one remote has, else a new one from HEAD. Never rejects.
   */
  async add(directory: string, branch: string, signal?: AbortSignal): Promise<WorktreeOutcome> {
    try {
      if (!isBranchLike(branch)) return { kind: "refused", reason: "bad-branch" };
      const { git } = this.#options;
      // In `/`, where no `@{-1}` stands for another branch.
      const checked = await git.run(["check-ref-format", "--branch", branch]);
      if (checked.kind === "failed") return { kind: "refused", reason: "bad-branch" };
      if (checked.kind !== "done") return this.#failed(checked);
      if (checked.output !== branch) return { kind: "refused", reason: "bad-branch" };
      const known = await this.list(directory);
      if (known.kind !== "worktrees") return known;
      const holder = known.worktrees.find((one) => one.branch === branch);
      if (holder) return { kind: "refused", reason: "checked-out", directory: holder.directory };
      const project = basename(known.worktrees[0]?.directory ?? directory);
      return await this.#add({ directory, branch, project, signal });
    } catch (error) {
      this.#options.log.error({ err: error, directory }, "a worktree was not added");
      return { kind: "failed", reason: "failed" };
    }
  }

  async #add(wanted: {
    directory: string;
    branch: string;
    project: string;
    signal: AbortSignal | undefined;
  }): Promise<WorktreeOutcome> {
    const { git, log } = this.#options;
    const { directory, branch, signal } = wanted;
    const from = await this.#source(directory, branch);
    if (from === undefined) return { kind: "refused", reason: "no-commit" };
    const path = await this.#folder(wanted.project, branch);
    const what = from === "head" ? ["-b", branch, "--", path, "HEAD"] : ["--", path, branch];
    const words = ["-C", directory, "worktree", "add", "--quiet", ...what];
    const result = await git.run(words, { signal });
    if (result.kind === "done") {
      log.info({ directory: path, branch, from }, "a worktree was added");
      return { kind: "added", directory: path, branch, from };
    }
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
    // What git has noted of it, even while it locks it as unfinished; most often it did so itself.
    await git.run(["-C", directory, "worktree", "remove", "--force", "--force", "--", path]);
    const isHeld = /already (?:checked out|used by worktree|exists)/;
    if (result.kind !== "failed" || !isHeld.test(result.said)) return this.#failed(result);
    return { kind: "refused", reason: "checked-out", directory: undefined };
  }

  /** Where the branch comes from; undefined when there is none, and no commit to begin it at. */
  async #source(
    directory: string,
    branch: string,
  ): Promise<"branch" | "remote" | "head" | undefined> {
    const { git } = this.#options;
    const patterns = [`refs/heads/${branch}`, `refs/remotes/*/${branch}`];
    const found = await git.run(
      ["-C", directory, "for-each-ref", "--format=%(refname)", "--"].concat(patterns),
    );
    const refs = found.kind === "done" ? found.output.split("\n") : [];
    if (refs.includes(`refs/heads/${branch}`)) return "branch";
    const isOfRemote = (ref: string) => /^refs\/remotes\/[^/]+\//.exec(ref)?.[0];
    const remotes = refs.filter((ref) => ref === `${isOfRemote(ref)}${branch}`);
    if (remotes.length === 1) return "remote";
    const head = await git.run([
      "-C",
      directory,
      "rev-parse",
      "--verify",
      "--quiet",
      "HEAD^{commit}",
    ]);
    return head.kind === "failed" ? undefined : "head";
  }

  /** Makes an empty folder of a name that nothing has; git fills it. */
  async #folder(project: string, branch: string): Promise<string> {
    const { workspaceDir, git } = this.#options;
    const name = `${safe(project) || "project"}-${safe(branch) || "branch"}`;
    for (let number = 1; number <= mostNames; number += 1) {
      const path = join(workspaceDir, number === 1 ? name : `${name}-${number}`);
      try {
        await mkdir(path);
        if (git.umask !== undefined) await chmod(path, 0o777 & ~git.umask);
        return path;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
    throw new Error("too many folders have the name of this worktree");
  }

  #failed(result: Exclude<GitResult, { kind: "done" }>) {
    if (result.kind === "git-missing") return { kind: "git-missing" } as const;
    this.#options.log.warn({ result }, "git did not do what was asked of a worktree");
    return { kind: "failed", reason: result.kind } as const;
  }
}

/** What is worth asking git about: no option, nothing that hides in a line, and not too long. */
function isBranchLike(branch: string): boolean {
  // git 2.39 takes "@" for the name of a branch here, and for HEAD everywhere else.
  if (branch === "@") return false;
  const isShort = branch.length > 0 && Buffer.byteLength(branch) <= mostOfBranch;
  return isShort && !branch.startsWith("-") && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(branch);
}

/** A part of a folder's name that means the same to every program. */
function safe(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, mostOfPart)
    .replace(/[.-]+$/, "");
}

/** Reads what `git worktree list --porcelain` prints: a block of lines for each. */
function parseWorktrees(output: string): Worktree[] {
  return output.split(/\n\n+/).flatMap((block, index) => {
    const lines = block.split("\n");
    const value = (key: string) =>
      lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
    const directory = value("worktree");
    if (directory === undefined) return [];
    const branch = value("branch")?.replace(/^refs\/heads\//, "");
    const isGone = lines.some((line) => line.startsWith("prunable"));
    return [{ directory, branch, isMain: index === 0, isGone }];
  });
}

async function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
