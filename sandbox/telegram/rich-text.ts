import type { RichMessageButton, RichText } from "grammy/types";

type Found = RegExpExecArray;
type Reader = [pattern: RegExp, read: (found: Found) => RichText];

const names: Record<string, string> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

const readers: Reader[] = [
  [/(`+)(?!`)([^]*?)(?<!`)\1(?!`)/y, ([, , text = ""]) => ({ type: "code", text })],
  [/\\([!-/:-@[-`{-~])/y, ([, mark = ""]) => mark],
  [/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/iy, (found) => entity(found)],
  [
    /<tg-button ([^>]*)>([^]*?)<\/tg-button>/iy,
    ([, attributes = "", text = ""]) => ({ type: "button", button: richButton(attributes, text) }),
  ],
  [/<a [^>]*href="?([^"\s>]+)"?[^>]*>([^]*?)<\/a>/iy, ([, url = "", text = ""]) => link(text, url)],
  [/<([a-z][a-z0-9+.-]*:[^\s<>]+)>/iy, ([, url = ""]) => link(url, url)],
  [/<\/?[a-z][^<>]*>/iy, () => ""],
  [/!?\[([^\]]*)\]\s*\(\s*<?([^\s)>]+)[^)]*\)/y, ([, text = "", url = ""]) => link(text, url)],
  [/\$([^$\n]+)\$/y, ([, expression = ""]) => ({ type: "mathematical_expression", expression })],
  [/\*\*([^*\n]+)\*\*/y, ([, text = ""]) => ({ type: "bold", text })],
];

/** What Telegram detects by itself unless it is told not to. */
const detectors: Reader[] = [
  [/(?<![\w/])\/[a-z]\w*/iy, ([text]) => ({ type: "bot_command", text, bot_command: text })],
  [/(?<!\w)@\w{3,}/y, ([text]) => ({ type: "mention", text, username: text })],
  [/(?<!\w)#\w+/y, ([text]) => ({ type: "hashtag", text, hashtag: text })],
  [/\bhttps?:\/\/[^\s<>()]+/y, ([text]) => ({ type: "url", text, url: text })],
];

/** A text with what it shows and where a tap leads, as far as the sandbox reads it. */
export function richText(text: string, skipsDetection: boolean): RichText {
  const parts: RichText[] = [];
  const all = skipsDetection ? readers : [...readers, ...detectors];
  for (let at = 0; at < text.length;) {
    const read = readAt(text, at, all);
    const last = parts.at(-1);
    if (typeof last === "string" && typeof read.part === "string") {
      parts[parts.length - 1] = last + read.part;
    } else parts.push(read.part);
    at += read.length;
  }
  return parts.length === 1 ? (parts[0] ?? "") : parts;
}

function readAt(text: string, at: number, all: Reader[]): { part: RichText; length: number } {
  for (const [pattern, read] of all) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return { part: read(found), length: found[0].length };
  }
  return { part: text[at] ?? "", length: 1 };
}

/** The button of a tag `<tg-button type="…" …>`. */
export function richButton(attributes: string, text: string): RichMessageButton {
  const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  if (of("type") === "callback_data") return { text, callback_data: of("data") };
  if (of("type") === "copy_text") return { text, copy_text: { text: of("text") } };
  return { text, url: of("url") };
}

function entity([whole, decimal, hexadecimal, name = ""]: Found): string {
  if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
  if (hexadecimal !== undefined) return String.fromCodePoint(Number.parseInt(hexadecimal, 16));
  return names[name] ?? whole;
}

function link(text: string, url: string): RichText {
  const [, id] = /^tg:\/\/user\?id=(\d+)/.exec(url) ?? [];
  if (id !== undefined) {
    return {
      type: "text_mention",
      text,
      user: { id: Number(id), is_bot: false, first_name: text },
    };
  }
  if (url.startsWith("mailto:")) {
    return { type: "email_address", text, email_address: url.slice("mailto:".length) };
  }
  if (url.startsWith("tel:")) return { type: "phone_number", text, phone_number: url };
  return { type: "url", text, url };
}
