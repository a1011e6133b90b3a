import type { FormattedText } from "../../chat/formatted-text.ts";
import { renderMarkdown } from "../../chat/markdown/render.ts";

// What stands before that is left out in any case; rendering it takes some 4 ms.
const longestRendered = 20_000;
// The lines above it in a live message have some of their own, and Telegram takes 100.
const mostEntities = 60;

/** The end of an agent's text that still grows, formatted; see `endOf`. */
export function growingText(markdown: string, limit: number): FormattedText {
  return endOf(renderMarkdown(markdown.slice(-longestRendered).toWellFormed()), limit);
}

/**
 * The end of a text as a message shows it: at most `limit` UTF-16 units, cut at a line end or a space where
 * there is one, with `…` for what is left out.
 */
export function endOf({ text, entities }: FormattedText, limit: number): FormattedText {
  const from = text.length <= limit ? 0 : startOf(text, limit);
  const head = from === 0 ? "" : "…\n";
  const shown = entities.flatMap((entity) => {
    const offset = Math.max(entity.offset, from);
    const length = entity.offset + entity.length - offset;
    return length > 0 ? [{ ...entity, offset: offset - from + head.length, length }] : [];
  });
  return {
    text: `${head}${text.slice(from)}`.toWellFormed(),
    entities: shown.slice(-mostEntities),
  };
}

function startOf(text: string, limit: number): number {
  const from = text.length + 2 - limit;
  const cut = /[\n ]/.exec(text.slice(from, from + limit / 4));
  if (cut) return from + cut.index + 1;
  const isInsidePair = /[\uDC00-\uDFFF]/.test(text.charAt(from));
  return isInsidePair ? from + 1 : from;
}
