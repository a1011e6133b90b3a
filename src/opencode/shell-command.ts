/** What a command printed, and how it ended. */
export interface ShellResult {
  output: string;
  /** Undefined when it was aborted, or cut before its end. */
  exitCode: number | undefined;
}

/**
 * Most bytes of a command's output that reach opencode, the first of it. opencode 1.18 needs seconds for 10 MB,
 * and answers nobody while a command prints without end. The command itself goes on.
 */
export const maxShellOutput = 1_000_000;

const carrier = /^printf %s ([\w+/=]+) \| base64 -d \| xargs -0 sh -c( |$)/;
const status = /\n\[exit (\d+)\]\n?$/;

/**
 * A command in the form in which opencode 1.18's shell route leaves it as it is, followed by a line with
 * its exit status, which the route does not tell. bash and zsh get it there as `eval "<JSON>"`: `$` and
 * backticks are expanded once too often, and a line break becomes an `n`. So it is carried as base64. It
 * runs in `sh`, with nothing to read from standard input. Behind it stands a comment for those who read
 * the session elsewhere, with only such characters as no shell acts on.
 */
export function carriedCommand(command: string): string {
  // Without stdbuf, which not every system has, an abort may lose the last 4 kB.
  const limited = `{ \${b:+$b -o0} head -c ${maxShellOutput}; cat >/dev/null\n}`;
  const script = [
    "exec 4>&1",
    "b=$(command -v stdbuf)",
    `s=$({ { sh -c ${quoted(command)} 2>&1 3>&- 4>&-; echo $? >&3; } | ${limited} >&4; } 3>&1)`,
    `printf '\\n[exit %s]\\n' "$s"`,
  ].join("; ");
  const comment = command.replaceAll(/[^\p{L}\p{N} _./:=,+@%-]/gu, "?");
  return `printf %s ${Buffer.from(script).toString("base64")} | base64 -d | xargs -0 sh -c # ${comment}`;
}

/** What the operator wrote, of a command that `carriedCommand` made; any other is returned as it is. */
export function shownCommand(command: string): string {
  const base64 = carrier.exec(command)?.[1];
  if (base64 === undefined) return command;
  const script = Buffer.from(base64, "base64").toString();
  const inner = / sh -c '(.*)' 2>&1 3>&- /s.exec(script)?.[1];
  return inner?.replaceAll(`'\\''`, "'") ?? command;
}

/** What such a command printed, without the line that tells its exit status. */
export function shellResult(output: string): ShellResult {
  const found = status.exec(output);
  if (!found) return { output, exitCode: undefined };
  return { output: output.slice(0, found.index), exitCode: Number(found[1]) };
}

function quoted(command: string): string {
  return `'${command.replaceAll("'", `'\\''`)}'`;
}
