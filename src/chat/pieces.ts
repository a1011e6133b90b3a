import type { MessageEntity } from "grammy/types";
import { toMarkdown } from "./entity-markdown.ts";

/** What one message says as part of a prompt. */
export interface Piece {
  /**
   * `text` as Telegram has it; the others are Markdown: a caption, a rich message or what stands for a place or a
   * poll, and a forwarded message, quoted.
   */
  kind: "text" | "markdown" | "forward";
  /** What stands before it when it is the first: the quote of the message that it replies to. */
  head: string;
  /** Empty for a file without words. */
  text: string;
  /** Of a `text`. */
  entities: readonly MessageEntity[];
}

/** A piece, and when its message was sent; milliseconds since the epoch, whole seconds. */
export interface SentPiece extends Piece {
  sentAt: number;
}

/** What separates two texts that were written as separate messages. */
export const apart = "\n\n";

// From how many UTF-16 units on a text may be one of several into which a client has split a longer one. Clients
// cut at 4,096, or at white space before that.
const splitFrom = 4000;
const secondMs = 1000;

/** Whether a message may be a part of a text that a client has split, and not its last. */
export function isLong({ kind, text }: Piece): boolean {
  return kind === "text" && text.length >= splitFrom;
}

/**
 * Whether messages may be one text that a client has split, as far as they are known: all but the last are
 * long, and each was sent in the same or the next second.
 */
export function isSplitText(pieces: readonly SentPiece[]): boolean {
  return pieces.every((piece, index) => {
    const next = pieces[index + 1];
    if (piece.kind !== "text" || !next) return piece.kind === "text";
    return isLong(piece) && Math.abs(next.sentAt - piece.sentAt) <= secondMs;
  });
}

/**
 * The texts of messages that belong together, each at the index of the message that it begins with; empty at the
 * others. Consecutive messages of the kind `text` are one text that a client has split: they are joined without a
 * separator, and formatting continues across the cuts.
 */
export function textsOfPieces(pieces: readonly Piece[]): string[] {
  const texts = pieces.map(({ kind, text }) => (kind === "text" ? "" : text));
  let begin = 0;
  for (const [index, { kind }] of pieces.entries()) {
    if (kind !== "text") begin = index + 1;
    else if (pieces[index + 1]?.kind !== "text") {
      texts[begin] = joinedText(pieces.slice(begin, index + 1));
    }
  }
  const [first] = pieces;
  if (first) texts[0] = joinedApart([first.head, texts[0] ?? ""]);
  return texts;
}

/** The same as one text. */
export function textOfPieces(pieces: readonly Piece[]): string {
  return joinedApart(textsOfPieces(pieces));
}

/** Texts that were written as separate messages, joined; empty ones are left out. */
export function joinedApart(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(apart);
}

function joinedText(run: readonly Piece[]): string {
  let text = "";
  const entities: MessageEntity[] = [];
  for (const piece of run) {
    const at = text.length;
    const moved = piece.entities.map((one) => ({ ...one, offset: one.offset + at }));
    for (const entity of moved) {
      const before = entity.offset === at && entities.find((one) => goesOn(one, entity));
      if (before) before.length += entity.length;
      else entities.push(entity);
    }
    text += piece.text;
  }
  return toMarkdown(text, entities);
}

/** Whether an entity is the rest of one that ends where it begins. */
function goesOn(before: MessageEntity, entity: MessageEntity): boolean {
  if (before.offset + before.length !== entity.offset) return false;
  const sort = ({ offset: _offset, length: _length, ...rest }: MessageEntity) =>
    JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return sort(before) === sort(entity);
}
