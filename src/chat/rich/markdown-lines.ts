/** A line of Markdown outside or inside of a block of code. */
export interface MarkdownLine {
  text: string;
  kind: "text" | "code" | "fence";
  /** For the opening fence, what follows it. */
  info?: string;
}

// Fences also stand inside of quotes and list items.
const container = String.raw`(?:[ >]|[-*+] |\d{1,9}[.)] )*`;
const opening = new RegExp(`^${container}(\`{3,}(?=[^\`]*$)|~{3,})(.*)$`);
const closing = /^[ >]*(`{3,}|~{3,}) *$/;
const delimiterRow = /^[ >]*\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;

/** The lines of a document, and the fence that would close what is open at its end, if any is. */
export function markdownLines(document: string): { lines: MarkdownLine[]; open: string } {
  let open = "";
  const lines = document.split("\n").map((text): MarkdownLine => {
    const [, fence = "", info = ""] = (open === "" ? opening : closing).exec(text) ?? [];
    if (open === "") {
      open = fence;
      return fence === "" ? { text, kind: "text" } : { text, kind: "fence", info: info.trim() };
    }
    if (!fence.startsWith(open)) return { text, kind: "code" };
    open = "";
    return { text, kind: "fence" };
  });
  return { lines, open };
}

/**
 * The number of columns of each table, by the index of its delimiter row, and the rows of all tables (GFM:
 * a row of cells, a row of dashes with as many, then rows until a line without a `|`).
 */
export function tablesIn(lines: readonly MarkdownLine[]): {
  columns: Map<number, number>;
  rows: Set<number>;
} {
  const columns = new Map<number, number>();
  const rows = new Set<number>();
  const isRow = (index: number) => lines[index]?.kind === "text" && lines[index].text.includes("|");
  for (const [index, { kind, text }] of lines.entries()) {
    if (kind !== "text" || !text.includes("|") || !delimiterRow.test(text)) continue;
    if (!isRow(index - 1) || rows.has(index)) continue;
    const count = cellsIn(text);
    if (cellsIn(lines[index - 1]?.text ?? "") !== count) continue;
    columns.set(index, count);
    rows.add(index - 1);
    for (let row = index; isRow(row); row += 1) rows.add(row);
  }
  return { columns, rows };
}

/** An escaped `|` separates no cells, and those at both ends of a row none either. */
function cellsIn(row: string): number {
  const inner = row.replace(/^[ >]*\|?/, "").replace(/(?<!\\)\| *$/, "");
  return inner.split(/(?<!\\)\|/).length;
}
