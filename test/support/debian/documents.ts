/** The shell commands of a document, from a heading to the next of its level: one string per block of code. */
export function shellBlocks(markdown: string, heading: string): string[] {
  const from = markdown.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`no heading “${heading}”`);
  const level = /^#+/.exec(heading)?.[0] ?? "";
  const rest = markdown.slice(from + heading.length + 2);
  const end = new RegExp(`^#{1,${level.length}} `, "m").exec(rest)?.index ?? rest.length;
  return [...rest.slice(0, end).matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = "", block = ""]) => block.replaceAll(new RegExp(`^${indent}`, "gm"), "").trim(),
  );
}

/** How a command differs here from what a document says, and why. */
export interface Substitution {
  from: string;
  to: string;
  why: string;
}

/** The commands as they are run here. @throws unless each substitution is used. */
export function substituted(blocks: readonly string[], changes: readonly Substitution[]): string[] {
  for (const { from } of changes) {
    if (!blocks.some((block) => block.includes(from))) throw new Error(`nowhere: ${from}`);
  }
  return blocks.map((block) =>
    changes.reduce((text, { from, to }) => text.replaceAll(from, to), block),
  );
}
