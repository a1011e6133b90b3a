import { realPath } from "../folder.ts";
import type { Logger } from "../log.ts";
import { type CloneOutcome, Clones } from "./clones.ts";
import { Git, type GitSettings } from "./git.ts";
import {
  type FolderOutcome,
  listFolders,
  type ProjectList,
  resolveFolder,
  type Space,
} from "./project-folders.ts";
import { type OwnPaths, ownFolders } from "./workspace.ts";
import { type WorktreeOutcome, Worktrees, type WorktreesOutcome } from "./worktrees.ts";

/** What the projects of a machine need. */
export interface ProjectsOptions {
  workspaceDir: string;
  /** Where no agent may start. */
  own: OwnPaths;
  git: GitSettings;
  log: Logger;
}

/** What others use of the projects; tests replace it. */
export type MachineProjects = Pick<Projects, keyof Projects>;

/**
 * The folders of this machine that agents work in. No method rejects; what is refused or fails has a fixed
 * reason, and its details are in the log. `known` are the directories that opencode knows: of its sessions
 * and of `GET /project`.
 */
export class Projects {
  #space: Space;
  #clones: Clones;
  #worktrees: Worktrees;

  constructor({ workspaceDir, own, git, log }: ProjectsOptions) {
    // As the system resolves it now: no agent can exchange what is above it.
    this.#space = { workspaceDir: realPath(workspaceDir), isOwn: ownFolders(workspaceDir, own) };
    const made = { workspaceDir: this.#space.workspaceDir, git: new Git(git), log };
    this.#clones = new Clones(made);
    this.#worktrees = new Worktrees(made);
  }

  /** The folders of the workspace and those that opencode knows, at most 1,000, by name. */
  list(known: readonly string[]): Promise<ProjectList> {
    return listFolders(this.#space, known);
  }

  /** The folder that the operator named, if an agent may start there. */
  resolve(text: string, known: readonly string[]): Promise<FolderOutcome> {
    return resolveFolder(this.#space, text, known);
  }

  /** Clones a repository into the workspace; takes up to 10 minutes, and ends at the signal. */
  clone(url: string, name?: string, signal?: AbortSignal): Promise<CloneOutcome> {
    return this.#clones.clone(url, name, signal);
  }

  /** Checks a branch of a folder's repository out into a folder of its own in the workspace. */
  addWorktree(directory: string, branch: string, signal?: AbortSignal): Promise<WorktreeOutcome> {
    return this.#worktrees.add(directory, branch, signal);
  }

  /** The folders in which branches of a folder's repository are checked out. */
  listWorktrees(directory: string): Promise<WorktreesOutcome> {
    return this.#worktrees.list(directory);
  }
}
