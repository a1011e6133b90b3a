/** The text of a prompt that is a command of opencode. */
export function commandText(name: string, argument: string): string {
  return `/${name} ${argument}`.trim();
}

/** The command that such a text is. */
export function commandIn(text: string): { name: string; argument: string } {
  const [, name = "", argument = ""] = /^\/(\S+)\s*([^]*)$/.exec(text) ?? [];
  return { name, argument };
}

/** What begins a message that is a command of the shell. */
export const shellMark = "! ";

/** The text of a prompt that is a command of the shell. */
export function shellText(command: string): string {
  return `${shellMark}${command}`;
}

/** The command that such a text is. */
export function shellIn(text: string): string {
  return text.slice(shellMark.length);
}
