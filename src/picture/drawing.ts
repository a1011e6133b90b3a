import type { Resvg } from "@resvg/resvg-js";
import { type Captured, readCells } from "./cells.ts";
import { fontFiles } from "./fonts.ts";
import { compressPixels, encodePng, type Strip } from "./png.ts";
import { cellHeight, cellWidth, drawRow, drawSvg } from "./svg.ts";

// Pixels between rows that are drawn together, so that no letter of one reaches into another.
const gap = 11;
const pitch = cellHeight + gap;
const channels = 4;

/**
 * Draws panes as PNG, a row at a time: resvg takes 20 µs for each letter, and from one picture to the next
 * most rows stay the same, though they may move up or down. Those of the last picture are kept, compressed.
 */
export class Drawing {
  #fonts: string[] | undefined;
  #columns = 0;
  /** Rows as they are in a PNG, by their SVG. */
  #rows = new Map<string, Strip>();

  /** The picture of a pane. Rejects when it cannot be drawn, which no content of a screen should cause. */
  async draw(captured: Captured): Promise<Buffer> {
    const { width, cursor } = captured;
    const grid = await readCells(captured);
    const rows = grid.map((row, y) => drawRow(row, cursor?.y === y ? cursor.x : undefined));
    if (width !== this.#columns) this.#rows.clear();
    this.#columns = width;
    const fresh = [...new Set(rows)].filter((row) => !this.#rows.has(row));
    if (fresh.length > 0) await this.#drawRows(fresh);
    const shown = rows.flatMap((row) => this.#rows.get(row) ?? []);
    this.#rows = new Map([...this.#rows].filter(([row]) => rows.includes(row)));
    return encodePng(shown, width * cellWidth);
  }

  async #drawRows(rows: readonly string[]): Promise<void> {
    const { Resvg } = await import("@resvg/resvg-js");
    this.#fonts ??= fontFiles();
    const drawn: Resvg = new Resvg(drawSvg(rows, this.#columns, pitch), {
      font: {
        loadSystemFonts: false,
        fontFiles: this.#fonts,
        defaultFontFamily: "DejaVu Sans Mono",
      },
    });
    const { pixels, width } = drawn.render();
    const stride = width * channels;
    for (const [index, row] of rows.entries()) {
      const from = index * pitch * stride;
      this.#rows.set(row, compressPixels(pixels.subarray(from, from + cellHeight * stride), width));
    }
  }
}
