import type { SessionMessage } from "./client.ts";

/** What changed in a file. */
export interface FileChange {
  /** Relative to the root of the project. */
  file: string;
  additions: number;
  deletions: number;
  /** In git's form; empty where opencode gives none, as for binary files. */
  patch: string;
}

/** The same as opencode 1.18 tells it. */
export interface ListedChange {
  file?: string;
  additions: number;
  deletions: number;
  patch?: string;
}

/** Reads what opencode lists. */
export function fileChanges(listed: readonly ListedChange[]): FileChange[] {
  return listed.flatMap(({ file, additions, deletions, patch = "" }) =>
    file === undefined ? [] : { file: unquoted(file), additions, deletions, patch },
  );
}

/**
 * What a session changed: the sum over its turns, so a line that was written and removed again counts
 * twice, and a file has one patch for each turn. opencode 1.18 stores the changes of a turn with its
 * user message (`GET …/diff?messageID=` reads them there), only in git folders, a moment after a step.
 * `messages` are those that are not undone.
 */
export function sessionChanges(messages: readonly SessionMessage[]): FileChange[] {
  const files = new Map<string, FileChange>();
  const all = messages.flatMap(({ info }) =>
    info.role === "user" ? fileChanges(info.summary?.diffs ?? []) : [],
  );
  for (const change of all) {
    const known = files.get(change.file);
    files.set(change.file, known ? added(known, change) : change);
  }
  return [...files.values()];
}

function added(first: FileChange, second: FileChange): FileChange {
  const patches = [first.patch, second.patch].filter((patch) => patch !== "");
  return {
    file: first.file,
    additions: first.additions + second.additions,
    deletions: first.deletions + second.deletions,
    patch: patches.map((patch) => (patch.endsWith("\n") ? patch : `${patch}\n`)).join(""),
  };
}

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v" };

/** A name as git quotes it when it has other than ASCII characters: `"\303\244.txt"`. */
function unquoted(file: string): string {
  if (!/^".*"$/s.test(file)) return file;
  const bytes = file
    .slice(1, -1)
    .replaceAll(/\\([0-7]{3}|.)/gs, (_, escaped: string) =>
      escaped.length === 3
        ? String.fromCharCode(Number.parseInt(escaped, 8))
        : (escapes[escaped] ?? escaped),
    );
  return Buffer.from(bytes, "latin1").toString();
}
