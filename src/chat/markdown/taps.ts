import type { MessageEntity } from "grammy/types";
import type { FormattedText } from "../formatted-text.ts";

// Where something that Telegram makes a link of may be: a mention, tag, command, address, host or number.
const trigger = /[@#$/]|[^\s.]\.[^\s.]|\d{13}|\+\d{7}/g;
// What is no part of a path, a host or a name.
const borders = ` \n\u00a0\u2003,;()[]{}<>"'“”‘’«»\`|*…—、。，；：！？（）「」『』【】《》`;
/** 1 for each UTF-16 unit that is one of these. */
const isBorder = new Uint8Array(0x10000);
for (let at = 0; at < borders.length; at += 1) isBorder[borders.charCodeAt(at)] = 1;
const email = /^[\w.+-]*[\w-]@[\w-]+(\.[\w-]+)+$/;
// As TDLib finds them (MessageEntity.cpp), or wider.
const command = /(?<![\w/<>])\/\w{1,64}(?![\w/<>])/;
const mention = /(?<![\p{L}\p{N}_@])@\w{2,}/u;
const tappable: readonly RegExp[] = [
  mention,
  command,
  /(?<![\p{L}\p{N}_])#[\p{L}\p{N}_]/u,
  /(?<![$\w])\$[A-Z\d]{1,8}(?![$\w])/,
  /\w:\/\//,
  /(?<!\d)\d{13,19}(?!\d)/,
  /(?<![\w.])\+\d{7,15}(?!\d)/,
  /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/,
];
// Telegram's own (TDLib, `match_tg_urls`): the app acts on them.
const ownScheme = /(?:tg|ton|tonsite):\/\//i;
const notInHost = /[^\p{L}\p{N}_.-]+/u;
// "Some text.Then" is none: TDLib wants one case in the last part.
const isTopLevel = /^(?:\p{Ll}{2,}|\p{Lu}{2,}|xn--[\w-]+)$/u;
// Endings of files that are no top-level domains, so that Telegram makes no link of them.
const endings: readonly RegExp[] = [
  /^(?:bash|c|class|cpp|cs|css|cts|dart|exe|fish|go|h|hpp|html|jar|java|js|jsx|kt|kts|less)$/,
  /^(?:cfg|conf|config|csv|db|diff|env|ini|ipynb|json|jsonc|jsonl|lock|log|patch|sql|sqlite)$/,
  /^(?:lua|mjs|mts|php|proto|rb|sass|scss|service|sock|swift|ts|tsx|vue|wasm|zsh|bat|dll|bin)$/,
  /^(?:gif|gz|jpeg|jpg|pdf|png|svg|tar|tex|tgz|tmp|toml|ttf|txt|webp|woff|xml|yaml|yml|bak)$/,
];
const cuttable = new Set<MessageEntity["type"]>(["bold", "italic", "underline", "strikethrough"]);

interface Range {
  from: number;
  to: number;
}

/**
 * A text in which nothing can be tapped but its links: what Telegram would make a link, a mention, a tag or
 * a command of by itself is code, where it looks for none. So the characters stay what they are, and a tap
 * copies a path. Full addresses of e-mail stay as well; with
 * `commandsAlone` everything but commands and names does. Entities come back in their order, outer ones first.
 */
export function withoutTaps(
  { text, entities }: FormattedText,
  { commandsAlone = false } = {},
): FormattedText {
  const sorted = entities.toSorted(byPlace);
  const taps = tapsIn(text, sorted);
  const found = commandsAlone ? taps.filter((range) => isCommand(text, range)) : taps;
  if (found.length === 0) return { text, entities: sorted };
  const all: MessageEntity[] = [];
  for (const entity of sorted) {
    if (cuttable.has(entity.type)) all.push(...withoutRanges(text, entity, found));
    else all.push(entity);
  }
  for (const { from, to } of found) all.push({ type: "code", offset: from, length: to - from });
  return { text, entities: all.toSorted(byPlace) };
}

/**
 * A text for a message without entities, in which no command, name or address of the app can be tapped even so:
 * a character without width stands behind each of their marks, or, where the text would be longer than `limit`
 * UTF-16 units, a wide mark in its place.
 */
export function withoutCommands(text: string, limit: number): string {
  const { entities } = withoutTaps({ text, entities: [] }, { commandsAlone: true });
  const marked = (mark: (found: string) => string) => {
    let shown = "";
    let at = 0;
    for (const { offset, length } of entities) {
      const end = offset + length;
      shown += text.slice(at, offset) + text.slice(offset, end).replaceAll(/[/@]/g, mark);
      at = end;
    }
    return shown + text.slice(at);
  };
  // TDLib keeps it, and it is no part of a command, a name or an address.
  const split = marked((mark) => `${mark}\u2060`);
  return split.length <= limit ? split : marked((mark) => (mark === "/" ? "\uff0f" : "\uff20"));
}

/** By place, the outer ones first. */
function byPlace(a: MessageEntity, b: MessageEntity): number {
  return a.offset - b.offset || b.length - a.length || depthOf(a) - depthOf(b);
}

/** Quotes are around everything, code is around nothing. */
function depthOf({ type }: MessageEntity): number {
  if (type === "blockquote" || type === "expandable_blockquote") return 0;
  if (type === "text_link") return 1;
  return type === "pre" || type === "code" ? 3 : 2;
}

function tapsIn(text: string, entities: readonly MessageEntity[]): Range[] {
  // Telegram looks for nothing in these, and drops what it finds across their edges.
  const closed = entities.filter(
    ({ type }) => type === "code" || type === "pre" || type === "text_link",
  );
  const found: Range[] = [];
  let next = 0;
  trigger.lastIndex = 0;
  for (let match = trigger.exec(text); match; match = trigger.exec(text)) {
    while (next < closed.length && endOf(closed[next]!) <= match.index) next += 1;
    const before = next > 0 ? endOf(closed[next - 1]!) : 0;
    const { offset, length } = closed[next] ?? { offset: text.length, length: 0 };
    if (match.index >= offset) {
      trigger.lastIndex = offset + length;
      continue;
    }
    const word = wordAt(text, match.index, before, offset);
    trigger.lastIndex = Math.max(word.to, match.index + 1);
    while (word.to > word.from && /[.:!?]/.test(text[word.to - 1]!)) word.to -= 1;
    if (word.to > word.from && isTappable(text, word)) found.push(word);
  }
  return found;
}

/** The word around a place, between two others. */
function wordAt(text: string, at: number, start: number, end: number): Range {
  let from = at;
  while (from > start && isBorder[text.charCodeAt(from - 1)] === 0) from -= 1;
  let to = at;
  while (to < end && isBorder[text.charCodeAt(to)] === 0) to += 1;
  return { from, to };
}

function isTappable(text: string, { from, to }: Range): boolean {
  const word = text.slice(from, to);
  if (email.test(word)) return false;
  const around = withBorders(text, { from, to });
  return tappable.some((pattern) => pattern.test(around)) || hasHost(word);
}

/** What acts in this chat or in the app, or names somebody; not a part of an address of the web. */
function isCommand(text: string, range: Range): boolean {
  const around = withBorders(text, range);
  if (ownScheme.test(around)) return true;
  return !around.includes("://") && (command.test(around) || mention.test(around));
}

/** What stands around a word decides as well: `</b>` is no command. */
function withBorders(text: string, { from, to }: Range): string {
  return text.slice(Math.max(0, from - 1), to + 1);
}

function hasHost(word: string): boolean {
  return word.split(notInHost).some((name) => {
    const dot = name.search(/(?<=[^.])\.[^.]+\.*$/);
    const last = name.slice(dot + 1).replace(/\.+$/, "");
    return (
      dot >= 0 &&
      isTopLevel.test(last) &&
      !endings.some((ending) => ending.test(last.toLowerCase()))
    );
  });
}

function endOf({ offset, length }: MessageEntity): number {
  return offset + length;
}

/** What is left of a style around ranges that are in order. */
function withoutRanges(
  text: string,
  entity: MessageEntity,
  ranges: readonly Range[],
): MessageEntity[] {
  const end = endOf(entity);
  const pieces: MessageEntity[] = [];
  let from = entity.offset;
  const keepTo = (to: number) => {
    if (text.slice(from, to).trim() !== "")
      pieces.push({ ...entity, offset: from, length: to - from });
  };
  for (let at = firstAfter(ranges, from); at < ranges.length && ranges[at]!.from < end; at += 1) {
    const range = ranges[at]!;
    keepTo(range.from);
    from = Math.max(from, range.to);
  }
  keepTo(end);
  return pieces;
}

/** The index of the first range that ends behind a place. */
function firstAfter(ranges: readonly Range[], place: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.to > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
