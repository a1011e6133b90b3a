import { withoutSpeakerMark } from "../speaker-mark.ts";
import { hasFormula, harmlessText, isRemoved, plainMarkdown } from "./harmless-markdown.ts";
import { type MarkdownLine, markdownLines, tablesIn } from "./markdown-lines.ts";

/** How answers are sent in a conversation; see `FORMAT` in `.env.example`. */
export type MessageFormat = "classic" | "rich" | "auto";

/** The `rich_message` of `sendRichMessage` (Bot API 10.1). */
export interface RichMessageText {
  markdown: string;
  /** Nothing becomes tappable by its looks alone: `/stop`, `@name`, `#1`. */
  skip_entity_detection: true;
}

// Telegram's limits (Bot API, InputRichMessage), with room for what its parser counts otherwise.
const maxCharacters = 32_768 - 100;
const maxBlocks = 450;
const maxNesting = 12;
const maxColumns = 20;

const task = /^[ >]*(?:[-*+]|\d{1,9}[.)]) +\[[ xX]\] /;
const item = /^[ >]*(?:[-*+]|\d{1,9}[.)]) /;
const heading = /^[ >]*#{1,6} /;
const details = /<(\/?)details(?: open)?>/gi;

/**
 * Whether a message that is no rich one would show an answer badly. For `auto`: tables, details, task lists,
 * formulas, or more than one message (`isLong`); for `rich`, headings, lists and footnotes as well.
 */
export function needsRich(markdown: string, format: MessageFormat, isLong: boolean): boolean {
  if (format === "classic") return false;
  if (isLong) return true;
  const { lines } = markdownLines(markdown);
  const texts = lines.filter(({ kind }) => kind === "text").map(({ text }) => text);
  return (
    tablesIn(lines).columns.size > 0 ||
    lines.some(({ info }) => info === "math") ||
    texts.some((text) => task.test(text) || new RegExp(details.source, "i").test(text)) ||
    hasFormula(texts.join("\n")) ||
    (format === "rich" &&
      texts.some(
        (text) => heading.test(text) || item.test(text) || /\[\^[^\]\s]{1,60}\]/.test(text),
      ))
  );
}

/** Switchboard's own words around those of an agent, in paragraphs of their own; they are no Markdown. */
export interface OwnWords {
  before?: string | undefined;
  after?: string | undefined;
}

/**
 * An answer as a rich message, which Telegram itself reads as Markdown: see `harmlessText` for what the agent
 * cannot do with it. Undefined where it goes beyond Telegram's limits, or says something in code that a
 * parser that sees no code there could act on; then it is sent as classic messages.
 */
export function richMessage(
  markdown: string,
  { before = "", after = "" }: OwnWords = {},
): RichMessageText | undefined {
  if (markdown.length > 2 * maxCharacters) return undefined;
  const clean = cleaned(markdown);
  const { lines, open } = markdownLines(clean);
  const { columns, rows } = tablesIn(lines);
  if (Math.max(0, ...columns.values()) > maxColumns) return undefined;
  if (!areDetailsClosed(lines) || isTooMuch(lines)) return undefined;
  const parts: string[] = [];
  for (const { text, kind, isRow } of blocksOf(lines, rows)) {
    const shown = kind === "text" ? harmlessText(withoutSpeakerMark(text), isRow) : text;
    // It may be code, in which nothing can be made harmless.
    if (shown !== text && text.startsWith("    ")) return undefined;
    parts.push(shown);
  }
  if (open !== "") parts.push(open);
  const own = [before, "", after].map((text) => plainMarkdown(text.trim()));
  const whole = own.with(1, parts.join("\n")).filter(Boolean).join("\n\n");
  if (lengthOf(whole) > maxCharacters || isDangerous(whole)) return undefined;
  return { markdown: whole, skip_entity_detection: true };
}

/** The same with a first line in bold, such as the name of who speaks; at most some 60 characters. */
export function withHead({ markdown, ...rest }: RichMessageText, head: string): RichMessageText {
  return { ...rest, markdown: `**${plainMarkdown(head)}**\n\n${markdown}` };
}

/**
 * Without characters that change the order of others or that Telegram removes, since what stood apart by one
 * would be Markdown then (`]`, U+0333, `(tg:…`); and without tabs, which it makes one space.
 */
function cleaned(markdown: string): string {
  return markdown
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, "\n")
    .replaceAll("\t", "    ")
    .replaceAll(/\p{L}\u030a/gu, (letter) => letter.normalize("NFC"))
    .replaceAll(new RegExp(isRemoved, "g"), "");
}

/** Code in the line does not go on in the next block, and rows of a table are blocks of their own. */
function blocksOf(lines: readonly MarkdownLine[], rows: ReadonlySet<number>) {
  const blocks: (MarkdownLine & { isRow: boolean })[] = [];
  let isOpen = false;
  for (const [index, line] of lines.entries()) {
    const isRow = rows.has(index);
    const isPlain = line.kind === "text" && line.text.trim() !== "" && !isRow;
    const begins = heading.test(line.text) || item.test(line.text);
    const before = blocks.at(-1);
    if (isPlain && isOpen && !begins && before)
      before.text += `${lineEnd(before.text)}${line.text}`;
    else blocks.push({ ...line, isRow });
    isOpen = isPlain && !heading.test(line.text);
  }
  return blocks;
}

/** A line end in a paragraph is one in the chat too, as in a message that is not rich. */
function lineEnd(before: string): string {
  const isInCode = before.split("`").length % 2 === 0;
  return isInCode || /(?:>| {2}|\\)$/.test(before) ? "\n" : "  \n";
}

function areDetailsClosed(lines: readonly MarkdownLine[]): boolean {
  let depth = 0;
  for (const { kind, text } of lines) {
    if (kind !== "text") continue;
    for (const [, end] of text.matchAll(details)) {
      depth += end === "" ? 1 : -1;
      if (depth < 0 || depth > maxNesting / 2) return false;
    }
  }
  return depth === 0;
}

/** More blocks than Telegram takes, or deeper ones: counted so that it is never less than Telegram does. */
function isTooMuch(lines: readonly MarkdownLine[]): boolean {
  let blocks = 0;
  for (const { kind, text } of lines) {
    if (kind === "code" || text.trim() === "") continue;
    const [before = ""] = /^(?:[ >]|[-*+] |\d{1,9}[.)] )*/.exec(text) ?? [];
    const marks = before.match(/>|[-*+] |\d{1,9}[.)] /g)?.length ?? 0;
    blocks += 1 + 2 * marks;
    const depth = marks + (before.length - before.trimStart().length) / 2;
    if (depth > maxNesting || blocks > maxBlocks) return true;
  }
  return false;
}

// What Telegram's parser could make something of if it saw text where we see code.
const media = "a|audio|figure|img|picture|source|svg|video";
const dangers = [
  /(?:<|&(?:lt|#0*60|#x0*3c);?)\s*\/?\s*tg-/i,
  new RegExp(String.raw`<\s*/?\s*(?:${media})(?![a-z0-9])`, "i"),
  /!\[/,
  /\]\s*\(\s*<?\s*(?!https?:)[a-z][a-z0-9+.-]*:/i,
  /\]:\s*<?\s*(?!https?:)[a-z][a-z0-9+.-]*:/i,
  /\](?:\s*\(|:)\s*<?(?!https?:)[^\s)]*[&\\]/i,
  /<(?:tg|ton|tonsite|tel|mailto|sms|javascript|data|file|intent):/i,
  // Commands of TeX that make links and load pictures.
  /\\(?:href|includegraphics|url)(?![a-z])/i,
];

function isDangerous(text: string): boolean {
  return dangers.some((danger) => danger.test(text));
}

/** In characters as Telegram counts them here: code points. */
function lengthOf(text: string): number {
  return text.length <= maxCharacters ? text.length : Array.from(text).length;
}
