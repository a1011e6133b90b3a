import { splitText } from "./split.ts";

/** A text and the formatted ranges in it (Bot API MessageEntity, UTF-16 units). */
export interface FormattedText {
  text: string;
  entities: { type: "pre"; offset: number; length: number }[];
}

/** The beginning of a text that is too long for its place, with `…` for what was left out. */
export function shortened(text: string, limit: number): string {
  return text.length <= limit ? text.toWellFormed() : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

/**
 * A text cut into messages of at most `limit` UTF-16 units, each with its share of the formatting;
 * nothing is left out.
 */
export function splitFormatted({ text, entities }: FormattedText, limit: number): FormattedText[] {
  const whole = text.toWellFormed();
  let end = 0;
  const parts = splitText(text, limit).map((part) => {
    // Parts of nothing but white space are left out, so this one may begin further on.
    const offset = whole.indexOf(part, end);
    end = offset + part.length;
    return {
      text: part,
      entities: entities.flatMap((entity) => clip(entity, offset, part.length)),
    };
  });
  return parts.length > 0 ? parts : [{ text, entities }];
}

function clip(entity: FormattedText["entities"][number], start: number, length: number) {
  const from = Math.max(entity.offset, start);
  const to = Math.min(entity.offset + entity.length, start + length);
  return to > from ? [{ ...entity, offset: from - start, length: to - from }] : [];
}
