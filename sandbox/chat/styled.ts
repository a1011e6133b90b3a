import type { MessageEntity } from "grammy/types";
import type { styleText } from "node:util";

/** Gives a text a colour, or leaves it as it is where there are none. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

type Style = Parameters<Paint>[0];

const styles: Partial<Record<MessageEntity["type"], Style>> = {
  bold: "bold",
  italic: "italic",
  underline: "underline",
  strikethrough: "strikethrough",
  code: "cyan",
  pre: "cyan",
  text_link: "underline",
  bot_command: "blue",
  mention: "blue",
};
const quotes = new Set<MessageEntity["type"]>(["blockquote", "expandable_blockquote"]);

/**
 * A formatted text as lines for a terminal: styles in its own, a quote behind a bar, a link with its address
 * behind it. Without colours only the bars and addresses are left of that.
 */
export function styledLines(
  text: string,
  entities: readonly MessageEntity[],
  paint: Paint,
): string[] {
  const edges = entities.flatMap(({ offset, length }) => [offset, offset + length]);
  const lineEnds = [...text.matchAll(/\n/g)].flatMap(({ index }) => [index, index + 1]);
  const cuts = [...new Set([0, ...edges, ...lineEnds, text.length])].toSorted((a, b) => a - b);
  let shown = "";
  for (const [index, from] of cuts.entries()) {
    const to = cuts[index + 1] ?? text.length;
    const around = entities.filter((one) => one.offset <= from && to <= one.offset + one.length);
    if (startsLine(text, from) && around.some(({ type }) => quotes.has(type))) shown += "│ ";
    const piece = text.slice(from, to);
    const styled = around.flatMap(({ type }) => styles[type] ?? []).flat();
    shown += piece.trim() === "" || styled.length === 0 ? piece : paint(styled, piece);
    for (const one of around) {
      const isEnd = one.offset + one.length === to && to > from;
      if (one.type === "text_link" && isEnd && one.url !== piece) shown += ` (${one.url})`;
    }
  }
  return shown.split("\n");
}

function startsLine(text: string, at: number): boolean {
  return at < text.length && (at === 0 || text[at - 1] === "\n");
}

/** What is left of entities behind the first `from` UTF-16 units of a text. */
export function entitiesFrom(entities: readonly MessageEntity[], from: number): MessageEntity[] {
  return entities.flatMap((entity) => {
    const offset = Math.max(entity.offset, from);
    const length = entity.offset + entity.length - offset;
    return length > 0 ? [{ ...entity, offset: offset - from, length }] : [];
  });
}
