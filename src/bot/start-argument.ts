/** What was written after `/start`. */
export interface WrittenStart {
  name: string | undefined;
  /** As the operator names it. */
  folder: string | undefined;
  branch: string | undefined;
  /** Whether a stopped agent keeps its session; undefined when that was not said. */
  mode: "continue" | "fresh" | undefined;
  /** There is an option in it that a start does not take, or a part is missing. */
  isUnclear: boolean;
}

/** What a button carries that starts an agent in a folder, whose name may look like an option. */
export interface StartData {
  agent: string;
  /** Absolute path. */
  folder: string;
}

/** The same as `readStart` of what a button carries. */
export function startOf({ agent, folder }: StartData): WrittenStart {
  return { name: agent, folder, branch: undefined, mode: undefined, isUnclear: false };
}

const option = /(?<=^|\s)(?:--|[—–])([a-z]+)(?!\S)(?:\s+(?<value>\S+))?/g;

/**
 * Reads `[name] [folder] [--worktree branch]`; phones write `—` for `--`. The folder may have spaces in its
 * name.
 */
export function readStart(argument: string): WrittenStart {
  const read: WrittenStart = {
    name: undefined,
    folder: undefined,
    branch: undefined,
    mode: undefined,
    isUnclear: false,
  };
  const plain = argument.replaceAll(option, (whole: string, name: string, value?: string) => {
    if (name === "worktree" && value !== undefined) {
      read.branch = value;
      return "";
    }
    if (name === "continue" || name === "fresh") read.mode = name;
    else read.isUnclear = true;
    return whole.slice(whole.indexOf(name) + name.length);
  });
  const [, name, folder] = /^(\S+)(?:\s+(\S[^]*))?$/.exec(plain.trim()) ?? [];
  return { ...read, name, folder };
}
