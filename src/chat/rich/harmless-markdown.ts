import { speakerMark } from "../speaker-mark.ts";

/** What is taken of a text at one place, and what stands for it. */
interface Piece {
  length: number;
  shown: string;
}

type Rule = [pattern: RegExp, shown: (found: RegExpExecArray) => string];

const host = String.raw`(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]`;
const inAddress = '[^\\s()<>[\\]\\\\"`|*$]';
/** Where a tap may lead: the web, by a host that can be read. Telegram shows it before it opens it. */
const address = String.raw`https?:\/\/${host}(?::\d{1,5})?(?:[/?#](?:${inAddress}|\(${inAddress}*\))*)?`;
const title = String.raw`(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?`;
const asIs = (found: RegExpExecArray) => found[0];

/** Control characters, those that change the order of others, and those that Telegram drops (TDLib). */
export const isRemoved =
  // oxlint-disable-next-line no-control-regex
  /[\u030a\u0333\u033f\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** In the row of a table it is an empty cell. */
const spoiler = /\|\|/y;

/** In the order in which they are tried; each at the place where the text before it ends. */
const rules: Rule[] = [
  [/\\([!-/:-@[-`{-~])/y, ([, mark = ""]) => asEntities(mark)],
  // A reference to what `cleaned` removes stays as it was written.
  [/&#(?:x([0-9a-f]{1,8})|(\d{1,10}));?/iy, reference],
  // The only tags that stay tags.
  [/<(?:details(?: open)?|\/details|\/?(?:summary|sub|sup|u|ins)|br ?\/?)>/iy, asIs],
  [/\[\^[^\]\s]{1,60}\]:?/y, asIs],
  // The line under a heading.
  [/(?<=^|\n)[ >]*=+ *(?=\n|$)/y, asIs],
  [/\$\$[^$]+\$\$/y, asIs],
  // A formula has something that a price or a variable of a shell has not.
  [/\$(?=[^\s$])[^$\n]*[\\^_=][^$\n]*(?<=[^\s$])\$(?!\d)/y, asIs],
  [new RegExp(`<(${address})>`, "iy"), ([, url = ""]) => linkTo(url)],
  [
    new RegExp(String.raw`(?<![\w/[<"'=]|\]\()${address}(?<![.,;:!?'])(?!\])`, "iy"),
    ([url]) => linkTo(url),
  ],
  [new RegExp(String.raw`\]\( *<?(${address})>?${title} *\)`, "iy"), ([, url]) => `](${url})`],
  [new RegExp(String.raw`\]: *<?(${address})>?${title} *(?=\n|$)`, "iy"), ([, url]) => `]: ${url}`],
  // A picture becomes a link to it, which Telegram does not load.
  [/(!*)!\[(\]?)/y, ([, marks = "", end = ""]) => `${asEntities(marks)}[${end && "image]"}`],
  // Any other link, tag, spoiler, mark or formula is shown as it was written.
  [spoiler, ([marks]) => asEntities(marks)],
  [/\](?=\s*\(|:)|==+|[<$]/y, ([marks]) => asEntities(marks)],
  [/[^`\\<$!\][|=hH&]+/y, asIs],
];
const tableRules = rules.filter(([pattern]) => pattern !== spoiler);

/**
 * Text of the agent in Telegram's Markdown (Bot API 10.1), from which nothing follows that it may not do:
 * no button, no picture or other media that Telegram would load, no link but to the web, no mention. What it
 * may not do is shown as it is written. `isRow`: it is a row of a table, in which `||` is an empty cell.
 */
export function harmlessText(text: string, isRow: boolean): string {
  const unclosed = new Set<number>();
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const { length, shown } =
      codeAt(text, at, unclosed) ??
      formulaAt(text, at) ??
      ruledAt(text, at, isRow ? tableRules : rules);
    parts.push(shown);
    at += length;
  }
  return parts.join("");
}

/** Whether a text has a formula in it. */
export function hasFormula(text: string): boolean {
  return /\$\$[^$]+\$\$|(?<!\\)\$(?=[^\s$])[^$\n]*[\\^_=][^$\n]*(?<=[^\s$])\$(?!\d)/.test(text);
}

/** A text on one line as Markdown that shows just that. */
export function plainMarkdown(text: string): string {
  return text.replaceAll(/[\p{P}\p{S}]/gu, (one) => (one.length === 1 ? asEntities(one) : one));
}

/** Code in the line: as many ticks as before it end it (CommonMark); else they are ticks. */
function codeAt(text: string, at: number, unclosed: Set<number>): Piece | undefined {
  const ticks = runOf(text, at);
  if (ticks === 0) return undefined;
  const runs = /`+/g;
  runs.lastIndex = at + ticks;
  // What is known to have no end is not looked for again.
  while (!unclosed.has(ticks)) {
    const run = runs.exec(text);
    if (!run) unclosed.add(ticks);
    else if (run[0].length === ticks) {
      const end = run.index + ticks;
      return { length: end - at, shown: text.slice(at, end) };
    }
  }
  return { length: ticks, shown: asEntities("`".repeat(ticks)) };
}

function runOf(text: string, at: number): number {
  let end = at;
  while (text[end] === "`") end += 1;
  return end - at;
}

const longestFormula = 500;

/** A formula between the marks of TeX, which Telegram does not know, between dollars. */
function formulaAt(text: string, at: number): Piece | undefined {
  const begin = text.slice(at, at + 2);
  if (begin !== "\\(" && begin !== "\\[") return undefined;
  const near = text.slice(at + 2, at + 2 + longestFormula);
  const end = near.indexOf(begin === "\\(" ? "\\)" : "\\]");
  const body = near.slice(0, Math.max(0, end)).trim();
  if (!/[\\^_=]/.test(body) || body.includes("$")) return undefined;
  return { length: end + 4, shown: begin === "\\(" ? `$${body}$` : `$$${body}$$` };
}

function ruledAt(text: string, at: number, tried: readonly Rule[]): Piece {
  for (const [pattern, shown] of tried) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return { length: found[0].length, shown: shown(found) };
  }
  return { length: 1, shown: text[at] ?? "" };
}

/** A reference by a number, unless it stands for a character that no text of the agent may have. */
function reference([all, hexadecimal, decimal]: RegExpExecArray): string {
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  const one = code <= 0x10ffff ? String.fromCodePoint(code) : speakerMark;
  const isKnown = one !== speakerMark && !isRemoved.test(one);
  return isKnown ? all : `&amp;${all.slice(1)}`;
}

/** What is not detected as a link must be one. */
function linkTo(url: string): string {
  return `[${url.replaceAll(/[_~]/g, asEntities)}](${url})`;
}

/** Characters that can be nothing but themselves. */
function asEntities(characters: string): string {
  return characters.replaceAll(/[^\n]/g, (one) => `&#${one.charCodeAt(0)};`);
}
