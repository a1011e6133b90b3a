import type { MessageEntity } from "grammy/types";
import { toMarkdown } from "./entity-markdown.ts";

/** What one message says as part of a prompt. */
export interface Piece {
  /** `text` as Telegram has it; the others as Markdown: a rich message, or a forwarded one, quoted. */
  kind: "text" | "rich" | "forward";
  /** What stands before it when it is the first: the quote of the message that it answers. */
  head: string;
  text: string;
  entities: readonly MessageEntity[];
}

/** A piece, and when its message was sent; milliseconds since the epoch, whole seconds. */
export interface SentPiece extends Piece {
  sentAt: number;
}

/**
 * From how many UTF-16 units on a text may be one of several into which a client has split a longer one.
 * Clients cut at 4,096, or at white space before that.
 */
export const splitFrom = 4000;

const secondMs = 1000;

/**
 * The prompt that messages make which belong together, in their order. Texts that follow each other are one
 * text that a client has split: nothing stands between them, and formatting goes on across the cuts.
 */
export function textOfPieces(pieces: readonly Piece[]): string {
  const parts: string[] = [];
  let run: Piece[] = [];
  const endRun = () => {
    if (run.length > 0) parts.push(joinedText(run));
    run = [];
  };
  for (const piece of pieces) {
    if (piece.kind === "text") {
      run.push(piece);
      continue;
    }
    endRun();
    parts.push(piece.text);
  }
  endRun();
  return `${pieces[0]?.head ?? ""}${parts.join("\n\n")}`;
}

/**
 * Whether messages may be one text that a client has split, as far as they are known: all but the last are
 * long, and each was sent in the same or the next second.
 */
export function isSplitText(pieces: readonly SentPiece[]): boolean {
  return pieces.every(({ kind, text, sentAt }, index) => {
    if (kind !== "text") return false;
    const next = pieces[index + 1];
    if (!next) return true;
    return text.length >= splitFrom && Math.abs(next.sentAt - sentAt) <= secondMs;
  });
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
