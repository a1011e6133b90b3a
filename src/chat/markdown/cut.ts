import type { MessageEntity } from "grammy/types";

/** Where a message ends, and where the next one begins: the white space between is dropped. */
export interface Cut {
  at: number;
  next: number;
}

/** What is at a place, best first. */
const kinds = ["block", "line", "code-line", "sentence", "word", "code-word"] as const;
type Kind = (typeof kinds)[number];

// How far a place is inside of something that is better not cut.
const nothing = 0;
const closed = 1;
const pre = 2;

/**
 * The best place to cut a text, at most at `end` and behind `start`. Between blocks it may be anywhere
 * if the block behind it fits a message (`fits`); every other place has to be in the second half.
 */
export function findCut(
  text: string,
  entities: readonly MessageEntity[],
  { start, end, fits }: { start: number; end: number; fits: (from: number) => boolean },
): Cut {
  const inside = insideOf(entities, start, end);
  const half = start + Math.floor((end - start) / 2);
  const last = new Map<Kind, number>();
  for (let at = end; at > start; at -= 1) {
    const kind = kindOf(text, at, inside[at - start] ?? nothing);
    if (kind && !last.has(kind) && (kind === "block" || at >= half)) last.set(kind, at);
    if (at < half && last.has("block")) break;
  }
  for (const kind of kinds) {
    const at = last.get(kind);
    if (at === undefined) continue;
    const next = nextStart(text, at, kind, entities);
    if (kind !== "block" || at >= half || fits(next)) return { at, next };
  }
  const at = betweenCharacters(text, start, end);
  return { at, next: at };
}

/** For every place of the text, whether it is inside of a block of code, or of code or a link in a line. */
function insideOf(entities: readonly MessageEntity[], start: number, end: number): Uint8Array {
  const inside = new Uint8Array(end - start + 1);
  for (const { type, offset, length } of entities) {
    const what = type === "pre" ? pre : type === "code" || type === "text_link" ? closed : nothing;
    if (what === nothing) continue;
    // A cut at its edges cuts nothing of it.
    const from = Math.max(0, offset + 1 - start);
    inside.fill(what, from, Math.max(from, Math.min(end + 1, offset + length) - start));
  }
  return inside;
}

function kindOf(text: string, at: number, inside: number): Kind | undefined {
  const character = text[at];
  const before = text[at - 1] ?? "";
  if (character === "\n") {
    // Of several line ends in code only the first is dropped: Telegram trims the end of a message.
    if (inside === pre) return before === "\n" ? undefined : "code-line";
    if (inside === nothing) return text[at + 1] === "\n" ? "block" : "line";
  }
  if (inside === nothing && "。！？".includes(before) && before !== "") return "sentence";
  if (character !== " " || before === " ") return undefined;
  if (inside !== nothing) return "code-word";
  return ".!?:;…".includes(before) ? "sentence" : "word";
}

function nextStart(
  text: string,
  at: number,
  kind: Kind,
  entities: readonly MessageEntity[],
): number {
  if (kind === "code-line") return at + 1;
  if (kind !== "block" && kind !== "line") return text[at] === " " ? at + 1 : at;
  // A block of code may begin with an empty line.
  const code = entities.find(({ type, offset }) => type === "pre" && offset >= at);
  let next = at;
  while (text[next] === "\n" && next !== code?.offset) next += 1;
  return next;
}

// Longer than any character that people write: an emoji of a family has 11 units.
const longestCharacter = 32;
let segmenter: Intl.Segmenter | undefined;

function betweenCharacters(text: string, start: number, end: number): number {
  // From the start, since the pairs that flags are made of can only be told by counting.
  segmenter ??= new Intl.Segmenter();
  const around = segmenter.segment(text.slice(start, end + longestCharacter));
  const boundary = start + (around.containing(end - start)?.index ?? 0);
  if (end - boundary < longestCharacter && boundary > start) return boundary;
  const isInsidePair = /[\uD800-\uDBFF]/.test(text[end - 1] ?? "");
  return isInsidePair && end - 1 > start ? end - 1 : end;
}
