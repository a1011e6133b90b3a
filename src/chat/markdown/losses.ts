import type { Token } from "./parse.ts";

/** 1 for each UTF-16 unit that counts as a letter: those of ASCII, and all beyond it but white space. */
const isLetter = new Uint8Array(0x10000).fill(1, "A".charCodeAt(0));
isLetter.fill(0, "Z".charCodeAt(0) + 1, "a".charCodeAt(0));
isLetter.fill(0, "z".charCodeAt(0) + 1, 0x80);
isLetter.fill(0, 0x2000, 0x200b);
for (const code of [0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff])
  isLetter[code] = 0;

/**
 * How many letters a part of a text has. Neither Markdown's marks nor the numbers of a list are letters, so
 * a block of Markdown and its contents have the same number.
 */
export function letters(text: string, from = 0, to = text.length): number {
  let count = 0;
  for (let at = from; at < to; at += 1) count += isLetter[text.charCodeAt(at)]!;
  return count;
}

/**
 * How many letters of a block the parser kept: it drops cells that a table has no column for, and what is
 * nested too deep.
 */
export function lettersKept(tokens: readonly Token[], from: number, to: number): number {
  let kept = 0;
  for (let at = from; at < to; at += 1) {
    const { content, info, type, meta } = tokens[at]!;
    if (content !== "") kept += letters(content);
    if (type === "fence") kept += letters(info);
    if (type === "footnote_reference_open") kept += letters(String(meta?.["label"]));
  }
  return kept;
}
