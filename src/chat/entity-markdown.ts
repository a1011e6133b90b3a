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
  const insertions = entities.flatMap((entity, index) => insertionsOf(text, entity, index));
  insertions.sort((a, b) => a.at - b.at || a.rank - b.rank);
  let result = "";
  let end = 0;
  for (const { at, text: inserted } of insertions) {
    result += text.slice(end, at) + inserted;
    end = Math.max(end, at);
  }
  return result + text.slice(end);
}

function insertionsOf(text: string, entity: MessageEntity, index: number): Insertion[] {
  const start = entity.offset;
  const end = Math.min(text.length, start + entity.length);
  if (start < 0 || end <= start) return [];
  const range = { start, end, index };
  if (entity.type === "blockquote" || entity.type === "expandable_blockquote") {
    return quoteLines(text, range);
  }
  if (entity.type === "pre") return fence(text, range, entity.language ?? "");
  const marks = marksOf(text.slice(start, end), entity);
  return marks ? wrap(text, range, marks) : [];
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
  return fixedMarks[entity.type];
}

/** A parenthesis or white space would end the address of a link. */
function escapedUrl(url: string): string {
  return url.replaceAll(/[()\s]/g, (found) =>
    found === "(" ? "%28" : found === ")" ? "%29" : encodeURIComponent(found),
  );
}

/** More backticks than the code holds in a row; a space keeps those at its edges apart. */
function codeMarks(code: string): [string, string] {
  const longest = Math.max(0, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  const gap = code.startsWith("`") || code.endsWith("`") ? " " : "";
  return [ticks + gap, gap + ticks];
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

function quoteLines(text: string, { start, end }: Range): Insertion[] {
  const starts = [start];
  for (
    let at = text.indexOf("\n", start);
    at >= 0 && at < end - 1;
    at = text.indexOf("\n", at + 1)
  ) {
    starts.push(at + 1);
  }
  return starts.map((at) => ({ at, rank: quoteRank, text: "> " }));
}

function fence(text: string, range: Range, language: string): Insertion[] {
  const { start, end } = range;
  const code = text.slice(start, end);
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  const isLineStart = start === 0 || text[start - 1] === "\n";
  const isLineEnd = end === text.length || text[end] === "\n";
  return around(
    range,
    `${isLineStart ? "" : "\n"}${ticks}${language}\n`,
    `${code.endsWith("\n") ? "" : "\n"}${ticks}${isLineEnd ? "" : "\n"}`,
  );
}
