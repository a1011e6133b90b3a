import type { FormattedText } from "../formatted-text.ts";
import { withoutSpeakerMark, withoutSpeakerMarks } from "../speaker-mark.ts";
import { isVisible } from "../visible.ts";
import { BlockWriter } from "./blocks.ts";
import { harmless, withoutTabs } from "./harmless.ts";
import { letters, lettersKept } from "./losses.ts";
import { Output } from "./output.ts";
import { parseMarkdown, type Token } from "./parse.ts";
import { withoutTaps } from "./taps.ts";

export { splitFormatted } from "./split.ts";

// Much of what agents say is one such line. Parsing it takes more time than all else, and changes nothing.
const sentence = /^\p{L}(?:[\p{L}\p{N} .,;?!'"()%-]*[\p{L}\p{N}.,;?!'"()%-])?$/u;

/**
 * Markdown (CommonMark, GFM, footnotes) as a text with entities (Bot API, MessageEntity), fit for
 * `splitFormatted`. All words stay, in their order: a block of which the parser dropped some is shown as it
 * was written. Nothing can be tapped but links that the author made, and nothing looks like the line by which
 * Switchboard says who speaks. Never throws: when something is wrong
 * with all of it, the text comes as it was written.
 */
export function renderMarkdown(markdown: string): FormattedText {
  const source = harmless(markdown);
  const plain: FormattedText = { text: withoutSpeakerMark(withoutTabs(source)), entities: [] };
  if (sentence.test(source)) return withoutTaps(plain);
  try {
    const shown = rendered(source);
    // An empty block of code leaves nothing to see.
    const isSeen = isVisible(shown.text) || !isVisible(source);
    return withoutTaps(isSeen ? withoutSpeakerMarks(shown) : plain);
  } catch {
    // The parser is not ours, and an answer is worth more than its look.
    return plain;
  }
}

/** A text that is no Markdown: as it was written, but harmless, and no command or name in it can be tapped. */
export function renderPlain(text: string): FormattedText {
  const shown = withoutSpeakerMark(withoutTabs(harmless(text)));
  return withoutTaps({ text: shown, entities: [] }, { commandsAlone: true });
}

function rendered(source: string): FormattedText {
  const { tokens, targets } = parseMarkdown(source);
  const lines = lineStarts(source);
  const output = new Output();
  const writer = new BlockWriter(tokens, output);
  let definitions = "";
  let line = 0;
  for (let at = 0; at < tokens.length;) {
    const end = endOfBlock(tokens, at);
    const [first, last] = linesOf(tokens, at, end) ?? [line, line];
    // Only definitions of links belong to no block.
    if (first > line) definitions += source.slice(lines[line], lines[first]);
    line = Math.max(line, last);
    const from = lines[first];
    const to = lines[last];
    if (lettersKept(tokens, at, end) >= letters(source, from, to)) writer.write(at);
    else writeSource(source.slice(from, to), tokens[at]!, output);
    at = end;
  }
  definitions = (definitions + source.slice(lines[line])).trim();
  if (definitions !== "" && !areUsed(targets, tokens)) output.write(withoutTabs(definitions));
  return output.formatted;
}

/** A block as it was written; the columns of a table stay below each other. */
function writeSource(source: string, { type }: Token, output: Output): void {
  const text = withoutTabs(source).trimEnd();
  if (type === "table_open") return output.block(text);
  output.write(text);
  output.separate(2);
}

/** Where each line begins, and where the text ends. */
function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  starts.push(source.length);
  return starts;
}

function endOfBlock(tokens: readonly Token[], at: number): number {
  if (tokens[at]?.nesting !== 1) return at + 1;
  let end = at + 1;
  while (end < tokens.length && tokens[end]?.level !== 0) end += 1;
  return end + 1;
}

/** The lines of a block, from its first to behind its last. A footnote only knows those of its contents. */
function linesOf(tokens: readonly Token[], from: number, to: number): [number, number] | undefined {
  const own = tokens[from]?.map;
  if (own) return own;
  const maps = tokens.slice(from, to).flatMap(({ map }) => (map ? [map] : []));
  const [first, last] = [maps[0], maps.at(-1)];
  return first && last ? [first[0], last[1]] : undefined;
}

/** Whether every definition of a link has one that needs it; what it says is behind that link. */
function areUsed(targets: readonly string[], tokens: readonly Token[]): boolean {
  if (targets.length === 0) return false;
  const used = new Set<string>();
  collectTargets(tokens, used);
  return targets.every((target) => used.has(target));
}

function collectTargets(tokens: readonly Token[], used: Set<string>): void {
  for (const token of tokens) {
    const target = token.attrGet("href") ?? token.attrGet("src");
    if (typeof target === "string") used.add(target);
    if (token.children) collectTargets(token.children, used);
  }
}
