import type { LiveText } from "./live-text.ts";

/**
 * The end of a text that still grows, as a message shows it: at most `limit` UTF-16 units, cut at a line end
 * or a space where there is one, with `…` for what is left out.
 */
export function growingText(text: string, limit: number): LiveText {
  // The one place where growing text is rendered: plain, until Markdown is.
  return { text: endOf(text, limit).toWellFormed(), entities: [] };
}

function endOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.slice(2 - limit);
  const cut = /[\n ]/.exec(end.slice(0, limit / 4));
  return `…\n${end.slice(cut ? cut.index + 1 : 0)}`;
}
