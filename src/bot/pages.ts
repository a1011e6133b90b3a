import { texts } from "../texts/texts.ts";
import type { ViewButton } from "./view.ts";

/** A part of a list that fits one message. */
export interface Page<Item> {
  items: Item[];
  /** From 1. */
  number: number;
  /** At least 1. */
  count: number;
}

/** A page of a list; a number outside of it is the nearest page. */
export function pageOf<Item>(all: readonly Item[], number: number, size: number): Page<Item> {
  const count = Math.max(1, Math.ceil(all.length / size));
  const shown = Math.min(count, Math.max(1, Number.isInteger(number) ? number : 1));
  return { items: all.slice((shown - 1) * size, shown * size), number: shown, count };
}

const mark = /^--page (\d{1,4})(?: ([^]*))?$/;

/** What a button says that leads to a page of a list: its number, and what the list was asked for. */
export function pageArgument(page: number, rest = ""): string {
  return `--page ${page}${rest === "" ? "" : ` ${rest}`}`;
}

/** Reads that; `page` is undefined where no page was asked for, and `rest` all that was written then. */
export function readPage(argument: string): { page: number | undefined; rest: string } {
  const [, page, rest = ""] = mark.exec(argument) ?? [];
  return page === undefined ? { page, rest: argument } : { page: Number(page), rest };
}

/** The buttons that lead to the pages before and after; none where there is one page. */
export function pageButtons(
  { number, count }: Pick<Page<unknown>, "number" | "count">,
  command: string,
  argumentFor: (page: number) => string,
): ViewButton[][] {
  if (count === 1) return [];
  const to = (label: string, page: number) => ({
    label,
    command,
    argument: argumentFor(page),
    edits: true,
  });
  return [
    [
      ...(number > 1 ? [to(texts.bot.back, number - 1)] : []),
      ...(number < count ? [to(texts.bot.more, number + 1)] : []),
    ],
  ];
}
