import type { MessageEntity } from "grammy/types";

/** Something put into a text at a UTF-16 offset; of those at one offset the lower rank comes first. */
interface Insertion {
  at: number;
  rank: number;
  text: string;
}

/**
 * A text with its Telegram entities as Markdown, so that an agent gets everything a reader of the
 * chat sees or can tap: the address behind a link, code and its language, quotes, what is struck out.
 * Only the ranges of entities are wrapped and nothing is escaped, so a text without formatting is
 * unchanged. Offsets and lengths are UTF-16 units (Bot API, MessageEntity).
 */
export function toMarkdown(text: string, entities: readonly MessageEntity[] = []): string {
  const isQuoted = (at: number) =>
    entities.some(
      (entity) =>
        isQuote(entity) && at >= entity.offset && at < entity.offset + Math.max(1, entity.length),
    );
  const insertions = entities.flatMap((entity, index) =>
    insertionsOf(text, entity, index, isQuoted),
  );
  insertions.sort((a, b) => a.at - b.at || a.rank - b.rank);
  let result = "";
  let end = 0;
  for (const { at, text: inserted } of insertions) {
    result += text.slice(end, at) + inserted;
    end = Math.max(end, at);
  }
  return result + text.slice(end);
}

function isQuote({ type }: MessageEntity): boolean {
  return type === "blockquote" || type === "expandable_blockquote";
}

function insertionsOf(
  text: string,
  entity: MessageEntity,
  index: number,
  isQuoted: (at: number) => boolean,
): Insertion[] {
  const start = entity.offset;
  const end = Math.min(text.length, start + entity.length);
  if (start < 0 || end <= start) return [];
  const range = { start, end, index };
  if (isQuote(entity)) return quoteLines(text, range);
  if (entity.type === "pre") {
    return fence(text, range, { language: entity.language ?? "", isQuoted: isQuoted(start) });
  }
  const marks = marksOf(text.slice(start, end), entity);
  if (!marks) return [];
  const wrapped = wrap(text, range, marks);
  // A link may hide behind nothing but white space.
  const leads = entity.type === "text_link" || entity.type === "text_mention";
  return wrapped.length === 0 && leads ? around(range, ...marks) : wrapped;
}

const fixedMarks: Partial<Record<MessageEntity["type"], [string, string]>> = {
  bold: ["**", "**"],
  italic: ["_", "_"],
  underline: ["<u>", "</u>"],
  strikethrough: ["~~", "~~"],
  spoiler: ["||", "||"],
};

/** The marks before and after a range; undefined for one that its own text says completely. */
function marksOf(inside: string, entity: MessageEntity): [string, string] | undefined {
  if (entity.type === "code") return codeMarks(inside);
  if (entity.type === "text_link") return ["[", `](${escapedUrl(entity.url)})`];
  if (entity.type === "text_mention") return ["[", `](tg://user?id=${entity.user.id})`];
  if (entity.type === "date_time") return ["", timeMark(entity.unix_time)];
  return fixedMarks[entity.type];
}

/** The moment that a reader is shown in place of, or on a tap on, the words (`date_time`); in UTC. */
export function timeMark(unixTime: number): string {
  const isDate = Math.abs(unixTime) <= latestSecond;
  return isDate ? ` (${new Date(unixTime * 1000).toISOString().replace(".000Z", "Z")})` : "";
}

// `Date` knows no later one.
const latestSecond = 8.64e12;

/** A parenthesis or white space would end the address of a link. */
export function escapedUrl(url: string): string {
  return url.replaceAll(/[()\s]/g, (found) =>
    found === "(" ? "%28" : found === ")" ? "%29" : encodeURIComponent(found),
  );
}

/** More backticks than the code holds in a row; a space keeps those at its edges apart. */
export function codeMarks(code: string): [string, string] {
  const ticks = ticksAround(code, 1);
  const gap = code.startsWith("`") || code.endsWith("`") ? " " : "";
  return [ticks + gap, gap + ticks];
}

/** More backticks than a text holds in a row, and at least `fewest`. */
export function ticksAround(code: string, fewest: number): string {
  const runs = [...code.matchAll(/`+/g)].map(([run]) => run.length + 1);
  return "`".repeat(Math.max(fewest, ...runs));
}

/** The part of a text that an entity covers, and the entity's place among the others. */
interface Range {
  start: number;
  end: number;
  index: number;
}

// Ranks at one offset: what closes comes first, the innermost before the outermost; then quote marks;
// then what opens, the outermost before the innermost. Of two on the same range the first is outermost.
const quoteRank = 0;
const openRank = 1e9;

function around({ start, end, index }: Range, before: string, after: string): Insertion[] {
  const depth = openRank - (end - start) * 1000 + index;
  return [
    { at: start, rank: depth, text: before },
    { at: end, rank: -depth, text: after },
  ];
}

function wrap(text: string, range: Range, [before, after]: [string, string]): Insertion[] {
  // Marks next to white space are none in Markdown.
  const inside = text.slice(range.start, range.end);
  const start = range.start + (inside.length - inside.trimStart().length);
  const end = range.end - (inside.length - inside.trimEnd().length);
  return start < end ? around({ ...range, start, end }, before, after) : [];
}

function quoteLines(text: string, { start, end, index }: Range): Insertion[] {
  const starts = [start];
  for (
    let at = text.indexOf("\n", start);
    at >= 0 && at < end - 1;
    at = text.indexOf("\n", at + 1)
  ) {
    starts.push(at + 1);
  }
  // Telegram shows a quote as lines of its own, wherever in a line it is.
  const first = isLineStart(text, start) ? "> " : "\n> ";
  const [, close] = around({ start, end, index }, "", isLineEnd(text, end) ? "" : "\n");
  return [
    ...starts.map((at) => ({ at, rank: quoteRank, text: at === start ? first : "> " })),
    ...(close ? [close] : []),
  ];
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === "\n";
}

function isLineEnd(text: string, at: number): boolean {
  return at === text.length || text[at] === "\n" || text[at - 1] === "\n";
}

function fence(
  text: string,
  range: Range,
  { language, isQuoted }: { language: string; isQuoted: boolean },
): Insertion[] {
  const { start, end } = range;
  const code = text.slice(start, end);
  const ticks = ticksAround(code, 3);
  // Every line of a quote has its mark, so those of the fence, too.
  const line = isQuoted ? "\n> " : "\n";
  const endsLine = end === text.length || text[end] === "\n";
  return around(
    range,
    `${isLineStart(text, start) ? "" : line}${ticks}${language}${line}`,
    `${code.endsWith("\n") ? line.slice(1) : line}${ticks}${endsLine ? "" : "\n"}`,
  );
}
