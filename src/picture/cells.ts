import type { IUnicodeVersionProvider, Terminal } from "@xterm/headless";

/** A pane as `capture-pane -e -N` gives it, and where its cursor is. */
export interface Captured {
  /** The visible lines with their escape sequences, each ended by `\n`. */
  text: string;
  /** Columns and rows. */
  width: number;
  height: number;
  /** Zero-based cell of the cursor; undefined while the program hides it. */
  cursor: { x: number; y: number } | undefined;
}

/** A colour of a cell: the terminal's own, one of its 256, or 24 bits. */
export type Colour = { kind: "default" } | { kind: "palette" | "rgb"; value: number };

/** How a cell looks. */
export interface CellStyle {
  text: Colour;
  back: Colour;
  isBold: boolean;
  isDim: boolean;
  isItalic: boolean;
  isUnderlined: boolean;
  isStruck: boolean;
  isReversed: boolean;
  isHidden: boolean;
}

/** One cell of a pane. */
export interface Cell extends CellStyle {
  /** What is written in it, with its combining characters; empty where nothing was written. */
  letters: string;
  /** Columns it takes: 2 for a wide one, and 0 for the cell behind that. */
  width: number;
}

/** Rows of cells; each row has as many as the pane has columns. */
export type Grid = Cell[][];

const joiner = 0x200d;
// The line drawing set behind SO, as tmux writes cells of programs that use it (VT100, ESC ) 0).
const lineDrawing = "\u001b)0";
const noWrap = "\u001b[?7l";

/**
 * Reads a captured pane into cells. Whatever the program in it has printed, this only fills cells: the terminal
 * that reads it has no window and no title, and answers nothing.
 */
export async function readCells({ text, width, height }: Captured): Promise<Grid> {
  const terminal = await newTerminal(width, height);
  try {
    const lines = text.split("\n").slice(0, height);
    // Each line at its own place, since a character of another width than tmux gives it would move the rest.
    // Colours run on from line to line.
    const placed = lines.map((line, row) => `\u001b[${row + 1};1H${line}`).join("");
    await new Promise<void>((done) => terminal.write(`${lineDrawing}${noWrap}${placed}`, done));
    return Array.from({ length: height }, (_, row) => readRow(terminal, row, width));
  } finally {
    terminal.dispose();
  }
}

async function newTerminal(cols: number, rows: number): Promise<Terminal> {
  // A named import of it passes the compiler and fails in Node.
  const [{ default: xterm }, { Unicode11Addon }] = await Promise.all([
    import("@xterm/headless"),
    import("@xterm/addon-unicode11"),
  ]);
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 0, allowProposedApi: true });
  // The addon registers its widths with a terminal; ours are made from them.
  const { unicode } = terminal;
  const register = (provider: IUnicodeVersionProvider) => unicode.register(joining(provider));
  new Unicode11Addon().activate({ unicode: { register } });
  unicode.activeVersion = joined;
  return terminal;
}

const joined = "11-joined";

/**
 * The widths of Unicode 11; and, as in tmux, whatever follows a zero width joiner belongs to the cell before.
 * The packed value is xterm's: bit 0 says that the character joins, the next two bits are its width, the rest is ours.
 */
function joining(provider: IUnicodeVersionProvider): IUnicodeVersionProvider {
  return {
    version: joined,
    wcwidth: (codepoint) => provider.wcwidth(codepoint),
    charProperties(codepoint, preceding) {
      const width = (preceding >> 1) & 3;
      const isJoined = preceding >> 3 === 1 && width > 0;
      const properties = isJoined
        ? (width << 1) | 1
        : provider.charProperties(codepoint, preceding);
      return (properties & 7) | (codepoint === joiner ? 1 << 3 : 0);
    },
  };
}

function readRow(terminal: Terminal, row: number, width: number): Cell[] {
  const line = terminal.buffer.active.getLine(row);
  return Array.from({ length: width }, (_, column): Cell => {
    const cell = line?.getCell(column);
    if (!cell) return emptyCell;
    return {
      letters: cell.getChars(),
      width: cell.getWidth(),
      text: colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
      back: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
      isItalic: cell.isItalic() !== 0,
      isUnderlined: cell.isUnderline() !== 0,
      isStruck: cell.isStrikethrough() !== 0,
      isReversed: cell.isInverse() !== 0,
      isHidden: cell.isInvisible() !== 0,
    };
  });
}

const emptyCell: Cell = {
  letters: "",
  width: 1,
  text: { kind: "default" },
  back: { kind: "default" },
  isBold: false,
  isDim: false,
  isItalic: false,
  isUnderlined: false,
  isStruck: false,
  isReversed: false,
  isHidden: false,
};

function colour(isDefault: boolean, isRgb: boolean, value: number): Colour {
  if (isDefault) return { kind: "default" };
  return { kind: isRgb ? "rgb" : "palette", value };
}
