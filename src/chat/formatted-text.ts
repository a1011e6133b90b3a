import type { MessageEntity } from "grammy/types";

/** A text and the formatted ranges in it (Bot API MessageEntity, UTF-16 units). */
export interface FormattedText {
  text: string;
  entities: MessageEntity[];
}

/** The beginning of a text that is too long for its place, with `…` for what was left out. */
export function shortened(text: string, limit: number): string {
  return text.length <= limit ? text.toWellFormed() : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

/** A text as a block of code. */
export function codeBlock(text: string): FormattedText {
  return { text, entities: [{ type: "pre", offset: 0, length: text.length }] };
}

/** Texts one after the other as one; a string is a text without formatting. */
export function joined(...pieces: (FormattedText | string)[]): FormattedText {
  const entities: MessageEntity[] = [];
  let text = "";
  for (const piece of pieces) {
    const formatted = typeof piece === "string" ? { text: piece, entities: [] } : piece;
    for (const entity of formatted.entities) {
      entities.push({ ...entity, offset: entity.offset + text.length });
    }
    text += formatted.text;
  }
  return { text, entities };
}
