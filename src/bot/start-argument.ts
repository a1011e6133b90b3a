/** What was written after `/start`. */
export interface WrittenStart {
  name: string | undefined;
  /** As the operator names it. */
  folder: string | undefined;
  branch: string | undefined;
  /** Whether a stopped agent keeps its session; undefined when that was not said. */
  mode: "continue" | "fresh" | undefined;
  /** There is more in it than a start takes, or a part is missing. */
  isUnclear: boolean;
}

/** Reads `[name] [folder] [--worktree branch]`; phones write `—` for `--`. */
export function readStart(argument: string): WrittenStart {
  const words = argument.split(/\s+/).filter(Boolean);
  const plain: string[] = [];
  const read: WrittenStart = {
    name: undefined,
    folder: undefined,
    branch: undefined,
    mode: undefined,
    isUnclear: false,
  };
  while (words.length > 0) {
    const word = words.shift() ?? "";
    const option = /^(?:--|[—–])([a-z]+)$/.exec(word)?.[1];
    if (option === undefined) plain.push(word);
    else if (option === "worktree" && words.length > 0) read.branch = words.shift();
    else if (option === "continue" || option === "fresh") read.mode = option;
    else read.isUnclear = true;
  }
  [read.name, read.folder] = plain;
  return { ...read, isUnclear: read.isUnclear || plain.length > 2 };
}
