import { isVisible } from "./visible.ts";

/** Stands at the end of a message that may be a repeat of one above it. */
export const repeatMark = " ↻";

/** Most UTF-16 units of a caption, with room for the mark of a repeat; Telegram's limit is 1024. */
export const maxCaptionLength = 1024 - repeatMark.length;

/**
 * Most UTF-16 units of one message, with room for the mark of a repeat. Telegram's limit is 4096 code
 * points, so this is never too many.
 */
export const maxTextLength = 4096 - repeatMark.length;

/**
 * Cuts a text into parts of at most `limit` UTF-16 units, at the last blank line, line end or space
 * of the part's second half, else anywhere but inside a surrogate pair. Nothing but the white space
 * at a cut is dropped, since Telegram trims it anyway. A text without visible characters has no
 * parts: Telegram refuses an empty message.
 */
export function splitText(text: string, limit = maxTextLength): string[] {
  const parts: string[] = [];
  let rest = text.toWellFormed();
  while (rest.length > limit) {
    const cut = cutPoint(rest, limit);
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  parts.push(rest);
  return parts.filter(isVisible);
}

function cutPoint(text: string, limit: number): number {
  const half = Math.floor(limit / 2);
  for (const separator of ["\n\n", "\n", " "]) {
    const at = text.lastIndexOf(separator, limit - separator.length);
    if (at >= half) return at + separator.length;
  }
  const endsInsidePair = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1));
  return endsInsidePair ? limit - 1 : limit;
}
