import type { MessageEntity } from "grammy/types";

/** What is sent to Telegram of one message. */
export interface Message {
  text: string;
  entities: MessageEntity[];
}

const styles = new Set(["bold", "italic", "underline", "strikethrough", "spoiler"]);
const quotes = new Set(["blockquote", "expandable_blockquote"]);
const codes = new Set(["pre", "code"]);
const known = new Set([...styles, ...quotes, ...codes, "text_link"]);

/**
 * What Telegram would refuse, repair, drop or change of a message, in words; it knows nothing of how the
 * message was made. The rules are TDLib's (MessageEntity.cpp, MessageContent.cpp) and those of the Bot API.
 */
export function faultsOf({ text, entities }: Message, limit = 4096): string[] {
  return [
    ...textFaults(text, limit),
    ...entities.flatMap((entity) => entityFaults(text, entity)),
    ...entities.flatMap((entity, index) =>
      entities.slice(index + 1).flatMap((other) => pairFaults(entity, other)),
    ),
    ...(countOf(entities) > 100 ? [`${countOf(entities)} entities: Telegram drops some`] : []),
    ...tapsIn({ text, entities }).map((tap) => `can be tapped: ${tap}`),
  ];
}

function textFaults(text: string, limit: number): string[] {
  const faults: string[] = [];
  if (!text.isWellFormed()) faults.push("half a surrogate pair");
  if (Array.from(text).length > limit) faults.push("too many code points");
  if (text.length > limit) faults.push("more UTF-16 units than are safe");
  if (Buffer.byteLength(text) > 32_768) faults.push("too many bytes");
  if (/^[\s\u200b-\u200f\u2060-\u2064\ufeff]*$/u.test(text)) faults.push("empty");
  // oxlint-disable-next-line no-control-regex
  const changed = /[\u030a\u0333\u033f\0-\x09\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069]/.exec(text);
  if (changed) faults.push(`the character ${changed[0].charCodeAt(0)} is dropped or replaced`);
  if (text !== text.trimEnd()) faults.push("white space at the end is trimmed");
  return faults;
}

function entityFaults(text: string, entity: MessageEntity): string[] {
  const { type, offset, length } = entity;
  const faults: string[] = [];
  const say = (what: string) => faults.push(`${type} at ${offset}: ${what}`);
  if (!known.has(type)) say("no type that we make");
  if (!Number.isInteger(offset) || !Number.isInteger(length)) say("no whole number");
  if (offset < 0 || length <= 0 || offset + length > text.length) say("outside of the text");
  for (const at of [offset, offset + length]) {
    const code = text.charCodeAt(at);
    if (at > 0 && code >= 0xdc00 && code < 0xe000) say("cuts a surrogate pair");
  }
  if (text.slice(offset, offset + length).trim() === "") say("on nothing but white space");
  if (type === "text_link" && !isLink(entity.url)) say(`Telegram takes no link to ${entity.url}`);
  if (type === "pre" && entity.language !== undefined && !/^\S{1,40}$/.test(entity.language)) {
    say(`the language ${entity.language}`);
  }
  return faults;
}

/**
 * `scheme://host…` with a dot in the host, in characters that may stand in an address. Telegram also takes its
 * own schemes; what these do in the app, no agent may ask for.
 */
function isLink(url: string): boolean {
  const [, host = ""] = /^https?:\/\/([^/?#\s@:]+)(?::\d{1,5})?(?:[/?#]\S*)?$/.exec(url) ?? [];
  return host.split(".").length > 1 && host.split(".").every((label) => /^[\w-]+$/.test(label));
}

function pairFaults(a: MessageEntity, b: MessageEntity): string[] {
  const [aEnd, bEnd] = [a.offset + a.length, b.offset + b.length];
  if (aEnd <= b.offset || bEnd <= a.offset) return [];
  const say = (what: string) => [`${a.type} at ${a.offset} and ${b.type} at ${b.offset}: ${what}`];
  const isNested = (a.offset <= b.offset && bEnd <= aEnd) || (b.offset <= a.offset && aEnd <= bEnd);
  if (!isNested) return say("overlap");
  if (a.type === b.type) return say("the same twice");
  if (quotes.has(a.type) && quotes.has(b.type)) return say("a quote in a quote");
  const code = codes.has(a.type) ? a : codes.has(b.type) ? b : undefined;
  const other = code === a ? b : a;
  if (code && !quotes.has(other.type)) return say("code goes with nothing but quotes");
  if (code && other.length < code.length) return say("a quote inside of code");
  return [];
}

/** How many entities the server counts: styles are cut at the edges of links, code and quotes. */
function countOf(entities: MessageEntity[]): number {
  const edges = entities
    .filter(({ type }) => !styles.has(type))
    .flatMap(({ offset, length }) => [offset, offset + length]);
  return entities.reduce((sum, { type, offset, length }) => {
    const cuts = styles.has(type)
      ? new Set(edges.filter((edge) => edge > offset && edge < offset + length)).size
      : 0;
    return sum + 1 + cuts;
  }, 0);
}

const word = String.raw`\p{L}\p{N}_`;
// TDLib: match_mentions, match_bot_commands, match_hashtags, match_cashtags, and match_urls below.
const automatic = [
  new RegExp(`(?<![${word}])@[A-Za-z0-9_]{2,32}(?![${word}])`, "gu"),
  new RegExp(`(?<![${word}/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![${word}/<>])`, "gu"),
  new RegExp(`(?<![${word}])#[${word}]{1,256}`, "gu"),
  new RegExp(`(?<![$${word}])\\$[A-Z]{1,8}(?![$${word}])`, "gu"),
  /(?<![\p{L}\p{N}_])(?:tg|ton|tonsite):\/\/[a-z]/giu,
];
const address = /[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/gu;
// A few of 1,500 that are endings of files or words as well.
const topLevels = new Set(
  "com org net io dev app ai py md rs sh pl cc in is to at de so st ps mk cat zip mov".split(" "),
);

/** What a reader could tap without the author having made a link of it. */
export function tapsIn({ text, entities }: Message): string[] {
  const closed = entities.filter(({ type }) => codes.has(type) || type === "text_link");
  const isFree = (from: number, to: number) =>
    closed.every(({ offset, length }) => to <= offset || offset + length <= from);
  const found: string[] = [];
  for (const pattern of automatic) {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      if (isFree(index, index + match.length)) found.push(match);
    }
  }
  for (const { 0: match, index } of text.matchAll(address)) {
    const last = match.slice(match.lastIndexOf(".") + 1);
    // "Some text.Then" is none.
    if (/^\p{Lu}\p{Ll}/u.test(last) || !topLevels.has(last.toLowerCase())) continue;
    // An address of e-mail means what it says.
    const isEmail =
      /[\w.+-]@$/.test(text.slice(0, index)) && !/^[:/]\S/.test(text.slice(index + match.length));
    if (!isEmail && isFree(index, index + match.length)) found.push(match);
  }
  return found;
}
