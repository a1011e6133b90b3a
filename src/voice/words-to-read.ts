import type { FormattedText } from "../chat/formatted-text.ts";

/** Most UTF-16 units that are read aloud: about two minutes. */
const longestRead = 1500;

/**
 * What is read aloud of an agent's words: the prose, without code blocks and tables, each address as its host;
 * of a long text the first 1,500 UTF-16 units, up to the end of a sentence. Empty for a text of code only.
 */
export function wordsToRead(messages: readonly FormattedText[]): string {
  const prose = messages
    .map(withoutCode)
    .join("\n\n")
    .replaceAll(/https?:\/\/(?:www\.)?([^\s/?#)\]>]+)[^\s)\]>]*/g, "$1")
    .replaceAll(/[^\P{Cc}\n]/gu, " ")
    .replaceAll(/[ \t]+/g, " ")
    .replaceAll(/ *\n\s*\n\s*/g, "\n\n")
    .trim();
  // A text of marks only, such as a ruler or an emoji, has nothing to read aloud.
  return /[\p{L}\p{N}]/u.test(prose) ? beginningOf(prose) : "";
}

function withoutCode({ text, entities }: FormattedText): string {
  let prose = "";
  let from = 0;
  const blocks = entities
    .filter(({ type }) => type === "pre")
    .toSorted((a, b) => a.offset - b.offset);
  for (const { offset, length } of blocks) {
    prose += `${text.slice(from, offset)}\n`;
    from = offset + length;
  }
  return prose + text.slice(from);
}

function beginningOf(text: string): string {
  if (text.length <= longestRead) return text;
  const beginning = text.slice(0, longestRead);
  const sentences = [...beginning.matchAll(/[.!?…](?=\s)|\n/g)];
  const end = (sentences.at(-1)?.index ?? -1) + 1;
  const space = beginning.lastIndexOf(" ");
  const cut = end > longestRead / 2 ? end : space > longestRead / 2 ? space : longestRead;
  return beginning.slice(0, cut).toWellFormed().trim();
}
