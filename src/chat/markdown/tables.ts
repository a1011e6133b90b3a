import type { FormattedText } from "../formatted-text.ts";
import { withoutTabs } from "./harmless.ts";
import { writeInline } from "./inline.ts";
import { Output } from "./output.ts";
import type { Token } from "./parse.ts";
import { displayWidth } from "./width.ts";

/** A table: its first row is the head. */
export interface Table {
  rows: Cell[][];
  aligns: Align[];
}

interface Cell {
  tokens: readonly Token[];
  plain: FormattedText;
}

type Align = "left" | "right" | "center";

// Columns of a monospaced font on a phone held upright.
const widest = 40;
const between = "  ";

/** Reads the rows of a table, from behind its opening token to behind its closing one. */
export function readTable(tokens: readonly Token[], from: number): { table: Table; next: number } {
  const rows: Cell[][] = [];
  const aligns: Align[] = [];
  let at = from;
  for (; at < tokens.length && tokens[at]?.type !== "table_close"; at += 1) {
    const token = tokens[at]!;
    if (token.type === "tr_open") rows.push([]);
    if (token.type === "th_open") aligns.push(alignOf(token));
    if (token.type === "inline") rows.at(-1)?.push(cellOf(token.children ?? []));
  }
  return { table: { rows, aligns }, next: at + 1 };
}

/** Writes a table as lines of code when it fits a phone, else each of its rows as lines of text. */
export function writeTable(table: Table, output: Output): void {
  const widths = columnWidths(table);
  if (widths) writeLines(table, widths, output);
  else if (table.rows.length > 1) writeCards(table, output);
  else writeRow(table.rows[0] ?? [], output);
}

function alignOf(token: Token): Align {
  const style = String(token.attrGet("style") ?? "");
  if (style.endsWith("right")) return "right";
  return style.endsWith("center") ? "center" : "left";
}

function cellOf(tokens: readonly Token[]): Cell {
  const [only] = tokens;
  if (tokens.length === 1 && only?.type === "text") {
    return { tokens, plain: { text: withoutTabs(only.content), entities: [] } };
  }
  const output = new Output();
  writeInline(tokens, output);
  return { tokens, plain: output.formatted };
}

/** The widths of the columns; undefined for a table that is too wide, or has more than text in it. */
function columnWidths({ rows, aligns }: Table): number[] | undefined {
  const widths = aligns.map(() => 0);
  const room = widest - between.length * (widths.length - 1);
  if (room < widths.length) return undefined;
  for (const row of rows) {
    for (const [column, { plain }] of row.entries()) {
      // Code shows neither links nor several lines in a cell.
      if (plain.entities.some(({ type }) => type === "text_link")) return undefined;
      if (plain.text.includes("\n")) return undefined;
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(plain.text));
    }
    if (widths.reduce((sum, width) => sum + width, 0) > room) return undefined;
  }
  return widths;
}

function writeLines({ rows, aligns }: Table, widths: number[], output: Output): void {
  const lines = rows.map((row) =>
    row
      .map(({ plain }, column) => padded(plain.text, widths[column] ?? 0, aligns[column] ?? "left"))
      .join(between)
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(Math.max(1, width))).join(between);
  lines.splice(1, 0, rule);
  output.block(lines.join("\n"));
}

function padded(text: string, width: number, align: Align): string {
  const space = width - displayWidth(text);
  const left = align === "right" ? space : align === "center" ? Math.floor(space / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(space - left);
}

/** Each row as a block of its own, a line `head: cell` for each cell; the first line is bold. */
function writeCards({ rows: [head = [], ...rows] }: Table, output: Output): void {
  for (const row of rows) {
    let isFirst = true;
    for (const [column, cell] of row.entries()) {
      const name = head[column]?.plain.text.replaceAll("\n", " ") ?? "";
      if (cell.plain.text.trim() === "") continue;
      if (isFirst) output.open("bold");
      if (name !== "") output.write(`${name}: `);
      if (isFirst || cell.plain.text.includes("\n")) writeInline(cell.tokens, output);
      else output.append(cell.plain);
      if (isFirst) output.close("bold");
      isFirst = false;
      output.separate(1);
    }
    output.separate(2);
  }
}

function writeRow(row: Cell[], output: Output): void {
  for (const [column, { tokens }] of row.entries()) {
    if (column > 0) output.write(" · ");
    writeInline(tokens, output);
  }
  output.separate(2);
}
