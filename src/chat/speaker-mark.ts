import type { FormattedText } from "./formatted-text.ts";

/**
 * Stands before the line by which Switchboard says who speaks. No words of an agent have it, so that an agent
 * which begins with the name of another one in bold does not look like that one.
 */
export const speakerMark = "❖";

const instead = "◆";

/** A text of an agent without that mark; its length stays. */
export function withoutSpeakerMark(text: string): string {
  return text.replaceAll(speakerMark, instead);
}

/** The same; what is a block of code stays to the letter, since that looks like no such line. */
export function withoutSpeakerMarks({ text, entities }: FormattedText): FormattedText {
  if (!text.includes(speakerMark)) return { text, entities };
  let shown = "";
  let at = 0;
  for (const { type, offset, length } of entities) {
    if (type !== "pre") continue;
    const end = offset + length;
    shown += withoutSpeakerMark(text.slice(at, offset)) + text.slice(offset, end);
    at = end;
  }
  return { text: shown + withoutSpeakerMark(text.slice(at)), entities };
}
