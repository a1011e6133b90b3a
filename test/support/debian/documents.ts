/** The shell commands of a document between a heading and the next one: one string per block of code. */
export function shellBlocks(markdown: string, heading: string): string[] {
  const at = markdown.indexOf(`${heading}\n`);
  if (at < 0) throw new Error(`no heading “${heading}”`);
  const rest = markdown.slice(at + heading.length);
  const end = /^#+ /m.exec(rest)?.index ?? rest.length;
  return [...rest.slice(0, end).matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = "", block = ""]) => block.replaceAll(new RegExp(`^${indent}`, "gm"), "").trim(),
  );
}
