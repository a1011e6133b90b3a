import { TmuxError } from "./tmux-error.ts";

/**
 * One word of a tmux command file, quoted so that tmux reads back exactly `word`: inside double
 * quotes `\`, `"`, `$` and a leading `~` are special (tmux(1), PARSING SYNTAX), and tmux 3.3a drops the
 * white space behind a line break and the lines that begin with `#`. Throws on NUL, which neither an
 * argument nor an environment variable can hold.
 */
export function quoteWord(word: string): string {
  if (word.includes("\0")) throw new Error("a tmux command cannot hold a NUL character");
  return `"${word.replaceAll(/[\\"$~]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** A tmux command file, for `source-file -`: one command a line, each a list of plain words. */
export function script(commands: readonly (readonly string[])[]): string {
  return commands.map((words) => `${words.map(quoteWord).join(" ")}\n`).join("");
}

/** `text` where tmux expands formats (a start directory) but is to be taken as it is. */
export function literalFormat(text: string): string {
  return text.replaceAll("#", "##");
}

/** The names of the variables that `show-environment` lists. */
export function environmentNames(listing: string): string[] {
  return listing.split("\n").flatMap((line) => /^([A-Za-z_]\w*)=/.exec(line)?.[1] ?? []);
}

/** tmux gives a command of one word to a shell; `env` in front makes it two. @throws TmuxError */
export function execed(command: readonly string[]): readonly string[] {
  if (command.length === 0) throw new TmuxError("failed", "no command to run");
  return command.length === 1 ? ["env", ...command] : command;
}
