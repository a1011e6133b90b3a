import type { MessageEntity } from "grammy/types";
import type { FormattedText } from "../formatted-text.ts";
import { maxTextLength } from "../limits.ts";
import { isVisible } from "../visible.ts";
import { findCut } from "./cut.ts";
import { withoutTaps } from "./taps.ts";

/** Most entities of one message: Telegram drops those beyond 100 (TDLib, MAX_USER_ENTITY_COUNT). */
export const maxEntities = 80;

/**
 * Cuts a text into messages of at most `limit` UTF-16 units and `maxEntities` entities, each with its
 * share of the formatting. The cut is between blocks where a block fits a message; else at a line's end,
 * the end of a sentence, a space or between two characters, and outside of code and links if it can be.
 * Only white space at a cut is dropped; inside of code it is one line end. A text of which nothing is seen
 * has no messages.
 */
export function splitFormatted(whole: FormattedText, limit = maxTextLength): FormattedText[] {
  const text = whole.text.toWellFormed();
  const near = new NearEntities(whole.entities, limit);
  const parts: FormattedText[] = [];
  let isWordCut = false;
  for (let start = 0; start < text.length;) {
    const entities = near.from(start);
    const end = furthest(text, entities, start, limit);
    const isLast = end === text.length;
    const fits = (from: number) => isWholeBlock(text, entities, from, limit);
    const cut = isLast ? { at: end, next: end } : findCut(text, entities, { start, end, fits });
    const part = text.slice(start, cut.at).trimEnd();
    const isInWord = isWordCut || (!isLast && cut.at === cut.next);
    if (isVisible(part)) {
      const formatted = { text: part, entities: clipped(entities, start, part.length) };
      // What was no command in the whole word may be one now.
      parts.push(isInWord ? withoutTaps(formatted) : formatted);
    }
    isWordCut = !isLast && cut.at === cut.next;
    start = cut.next;
  }
  return parts;
}

/** The entities around a place that only moves on. */
class NearEntities {
  #waiting: readonly MessageEntity[];
  #next = 0;
  #near: MessageEntity[] = [];
  #limit: number;

  constructor(entities: readonly MessageEntity[], limit: number) {
    this.#waiting = entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length);
    this.#limit = limit;
  }

  /** Those that end behind `start` and begin in the next two messages, as far as these may have them. */
  from(start: number): readonly MessageEntity[] {
    this.#near = this.#near.filter((entity) => endOf(entity) > start);
    const horizon = start + 2 * this.#limit;
    while (this.#near.length < 3 * maxEntities) {
      const entity = this.#waiting[this.#next];
      if (!entity || entity.offset >= horizon) break;
      this.#next += 1;
      if (endOf(entity) > start) this.#near.push(entity);
    }
    return this.#near;
  }
}

/** How far a message may go. */
function furthest(
  text: string,
  entities: readonly MessageEntity[],
  start: number,
  limit: number,
): number {
  const beyond = entities[maxEntities];
  const end = Math.min(text.length, start + limit);
  return beyond && beyond.offset > start ? Math.min(end, beyond.offset) : end;
}

/** Whether the block that begins there fits a message as a whole. */
function isWholeBlock(
  text: string,
  entities: readonly MessageEntity[],
  from: number,
  limit: number,
): boolean {
  const code = entities.find(({ type, offset }) => type === "pre" && offset === from);
  const blank = text.slice(from, from + limit + 2).indexOf("\n\n");
  const end = code ? endOf(code) : blank < 0 ? text.length : from + blank;
  const within = entities.filter((entity) => entity.offset < end && endOf(entity) > from);
  return end - from <= limit && within.length <= maxEntities;
}

function clipped(
  entities: readonly MessageEntity[],
  start: number,
  length: number,
): MessageEntity[] {
  return entities.flatMap((entity) => {
    const from = Math.max(entity.offset - start, 0);
    const to = Math.min(endOf(entity) - start, length);
    return to > from ? [{ ...entity, offset: from, length: to - from }] : [];
  });
}

function endOf({ offset, length }: MessageEntity): number {
  return offset + length;
}
