import type { Cell } from "./cells.ts";
import { between, defaultBack, defaultText, hex, rgbOf } from "./palette.ts";

/** Pixels of one cell. At a height of 20, box drawing has hairlines between its lines. */
export const cellWidth = 10;
export const cellHeight = 19;
// 10 / (1233 / 2048): the letters of DejaVu Sans Mono are just as wide as a cell.
const fontSize = 16.61;
const baseline = 15;

/** How a stretch of cells is drawn. */
interface Look {
  text: string;
  back: string;
  isBold: boolean;
  isItalic: boolean;
  isUnderlined: boolean;
  isStruck: boolean;
  isHidden: boolean;
}

/**
 * One row of cells as SVG, `cellHeight` pixels high, its upper left corner at 0, 0; `cursorX` is the column of
 * the cursor where it is in this row.
 */
export function drawRow(row: readonly Cell[], cursorX?: number): string {
  const looks = row.map((cell, x) => lookOf(cell, x === cursorX));
  let backs = "";
  let letters = "";
  for (let from = 0; from < row.length;) {
    const look = looks[from];
    let to = from + 1;
    while (to < row.length && (row[to]?.width === 0 || isSame(look, looks[to]))) to += 1;
    if (look) {
      const place = { from, to };
      if (look.back !== hex(defaultBack)) backs += rectangle(place, 0, cellHeight, look.back);
      letters += drawLetters(row, place, look) + drawLines(place, look);
    }
    from = to;
  }
  return backs + letters;
}

/** Rows as one picture, `pitch` pixels from one to the next. */
export function drawSvg(rows: readonly string[], columns: number, pitch: number): string {
  const [width, height] = [columns * cellWidth, rows.length * pitch];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`,
    ` font-family="DejaVu Sans Mono" font-size="${fontSize}" xml:space="preserve">`,
    `<rect width="${width}" height="${height}" fill="${hex(defaultBack)}"/>`,
    ...rows.map((row, index) => `<g transform="translate(0 ${index * pitch})">${row}</g>`),
    "</svg>",
  ].join("");
}

function lookOf(cell: Cell, isCursor: boolean): Look {
  const own = { text: rgbOf(cell.text, defaultText), back: rgbOf(cell.back, defaultBack) };
  const isTurned = cell.isReversed !== isCursor;
  const { text, back } = isTurned ? { text: own.back, back: own.text } : own;
  return {
    text: hex(cell.isDim ? between(text, back) : text),
    back: hex(back),
    isBold: cell.isBold,
    isItalic: cell.isItalic,
    isUnderlined: cell.isUnderlined,
    isStruck: cell.isStruck,
    isHidden: cell.isHidden,
  };
}

function isSame(one: Look | undefined, other: Look | undefined): boolean {
  if (!one || !other) return false;
  return (Object.keys(one) as (keyof Look)[]).every((key) => one[key] === other[key]);
}

interface Stretch {
  from: number;
  to: number;
}

function rectangle({ from, to }: Stretch, y: number, height: number, fill: string): string {
  const place = `x="${from * cellWidth}" y="${y}" width="${(to - from) * cellWidth}"`;
  return `<rect ${place} height="${height}" fill="${fill}"/>`;
}

function drawLines(place: Stretch, { text, isUnderlined, isStruck }: Look): string {
  const line = (y: number) => rectangle(place, y, 1, text);
  return (isUnderlined ? line(baseline + 2) : "") + (isStruck ? line(baseline - 5) : "");
}

// Characters that the font draws exactly one cell wide and from left to right: a word of them needs only one position.
const plainWord = /^[!-~\u2500-\u259f]+$/;
const blank = /^\s*$/;

function drawLetters(row: readonly Cell[], { from, to }: Stretch, look: Look): string {
  if (look.isHidden) return "";
  const weight = look.isBold ? ` font-weight="bold"` : "";
  const style = look.isItalic ? ` font-style="italic"` : "";
  let drawn = "";
  for (let at = from; at < to;) {
    const first = row[at];
    let word = first?.letters ?? "";
    let next = at + 1;
    if (plainWord.test(word)) {
      while (next < to && plainWord.test(row[next]?.letters ?? "")) {
        word += row[next]?.letters ?? "";
        next += 1;
      }
    }
    if (!blank.test(word)) {
      // Each word is an element of its own: within one element, right-to-left words would be reordered.
      const place = `x="${at * cellWidth}" y="${baseline}" fill="${look.text}"`;
      drawn += `<text ${place}${weight}${style}>${escaped(word)}</text>`;
    }
    at = next;
  }
  return drawn;
}

const marks: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
// What XML cannot hold, and what would change the order of the letters.
const unfit = /[^\P{Cc}]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

function escaped(word: string): string {
  return word
    .toWellFormed()
    .replaceAll(unfit, "")
    .replaceAll(/[&<>]/g, (mark) => marks[mark] ?? "");
}
