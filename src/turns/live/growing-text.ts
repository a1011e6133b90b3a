import type { FormattedText } from "../../chat/formatted-text.ts";
import { renderMarkdown } from "../../chat/markdown/render.ts";
import { withoutTaps } from "../../chat/markdown/taps.ts";

// What stands before that is left out in any case; rendering it takes some 4 ms.
const longestRendered = 20_000;
// The lines above it in a live message have up to 48 of their own, and Telegram takes 100.
const mostEntities = 50;

/** The end of an agent's text that still grows, formatted; see `endOf`. */
export function growingText(markdown: string, limit: number): FormattedText {
  return endOf(renderMarkdown(markdown.slice(-longestRendered).toWellFormed()), limit);
}

/**
 * The end of a text as a message shows it: at most `limit` UTF-16 units and `most` entities, cut at a line end
 * or a space where there is one, with `…` for what is left out.
 */
export function endOf(whole: FormattedText, limit: number, most = mostEntities): FormattedText {
  const { text, entities } = whole;
  const from = Math.max(
    text.length <= limit ? 0 : startOf(text, limit),
    fewEntitiesFrom(text, entities, most),
  );
  if (from === 0) return { text: text.toWellFormed(), entities };
  const head = "…\n";
  const shown = entities.flatMap((entity) => {
    const offset = Math.max(entity.offset, from);
    const length = entity.offset + entity.length - offset;
    return length > 0 ? [{ ...entity, offset: offset - from + head.length, length }] : [];
  });
  // A word that is cut may begin with what was no command in it.
  return withoutTaps({ text: `${head}${text.slice(from)}`.toWellFormed(), entities: shown });
}

/**
 * Where a text begins that has few enough entities. None may go that is on what is shown: code keeps a word
 * such as `/stop` from being tapped.
 */
function fewEntitiesFrom(text: string, entities: FormattedText["entities"], most: number): number {
  if (entities.length <= most) return 0;
  const ends = entities.map(({ offset, length }) => offset + length).toSorted((a, b) => b - a);
  const from = ends[most] ?? 0;
  return from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
}

function startOf(text: string, limit: number): number {
  const from = text.length + 2 - limit;
  const cut = /[\n ]/.exec(text.slice(from, from + limit / 4));
  if (cut) return from + cut.index + 1;
  const isInsidePair = /[\uDC00-\uDFFF]/.test(text.charAt(from));
  return isInsidePair ? from + 1 : from;
}
