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
