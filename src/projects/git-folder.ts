import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

/** What a folder is to git, as its files say; git itself is not needed. */
export interface GitFacts {
  isGit: boolean;
  /** Undefined where no branch is checked out, or git does not keep it in a file (reftable). */
  branch: string | undefined;
  /** Whether it is a further worktree of a repository that is elsewhere. */
  isWorktree: boolean;
}

const none: GitFacts = { isGit: false, branch: undefined, isWorktree: false };

// A branch, or the path of a repository, is shorter.
const mostBytes = 4096;

// git writes this into HEAD where the branch is kept elsewhere (gitformat-reftable).
const kept = ".invalid";

/**
 * Reads what a folder is to git: of its `.git`, not of one above it (gitrepository-layout(5)). What it
 * reads may be written by an agent: no pipe holds it, and no text of a file is passed on but a branch.
 */
export async function gitFacts(directory: string): Promise<GitFacts> {
  const dotGit = join(directory, ".git");
  const info = await stat(dotGit).catch(() => undefined);
  if (!info) return none;
  if (info.isDirectory()) return facts(dotGit, false);
  const target = /^gitdir: (.+?)\s*$/.exec((await shortText(dotGit)) ?? "")?.[1];
  if (target === undefined) return none;
  const gitDir = resolve(directory, target);
  // A submodule has such a pointer too, to a repository of its own.
  return facts(gitDir, (await shortText(join(gitDir, "commondir"))) !== undefined);
}

async function facts(gitDir: string, isWorktree: boolean): Promise<GitFacts> {
  const head = await shortText(join(gitDir, "HEAD"));
  if (head === undefined) return none;
  const branch = /^ref: refs\/heads\/([^\p{Cc}]{1,250})\n?$/u.exec(head)?.[1];
  return { isGit: true, branch: branch === kept ? undefined : branch, isWorktree };
}

/** The start of a file; undefined for what is no file or cannot be read. */
async function shortText(path: string): Promise<string | undefined> {
  try {
    // A pipe without a writer must not hold the open.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch {
    return undefined;
  }
}
