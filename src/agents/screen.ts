/** What a pane shows; a `Look` of tmux fits. */
export interface PaneView {
  /** The visible lines, ended by `\n`. */
  text: string;
  title: string;
  /** Zero-based cell of the cursor. */
  cursorX: number;
  cursorY: number;
}

/** The prompt box of the TUI. */
export interface Box {
  /** Nothing is in it and the cursor waits at its start. */
  empty: boolean;
  /**
   * Its lines as they are shown: wrapped, tabs as spaces, only those in view, a long paste as
   * `[Pasted ~30 lines]`. Fit to be looked at, not to be compared byte for byte.
   */
  text: string;
  /** A paste stands in it as `[Pasted ~n lines]`; opencode sends the text and a space after it. */
  pasted: boolean;
}

/** What the opencode TUI shows. */
export interface Screen {
  /**
   * A session is shown and keys go to its prompt box: the box and its status line are where they
   * belong, the cursor is inside of the box, and no dialog or menu is open. Whatever is not
   * understood is not ready.
   */
  ready: boolean;
  /** `other` is a palette, a list or a completion menu over or above the box. */
  dialog: "permission" | "question" | "other" | undefined;
  box: Box;
  /** A turn runs. */
  busy: boolean;
}

const NO_BOX: Box = { empty: false, text: "", pasted: false };
const BOX_FLOOR = /^ {2}╹▀{10,}/;
const BOX_LINE = /^ {2}┃(?: (.*))?$/;
const STATUS = / ctrl\+p commands(?: {2}|$)/;

/**
 * Reads one captured screen of the TUI (opencode 1.18.33, seen at 80×24, 100×30 and 200×50). The
 * box is found from its floor upwards: its agent line, an empty line, the text, an empty line.
 */
export function readScreen(view: PaneView): Screen {
  const lines = view.text.replace(/\n+$/, "").split("\n");
  const dialog = decisionIn(lines);
  if (dialog) return { ready: false, dialog, box: NO_BOX, busy: true };
  const floor = lines.findLastIndex((line) => BOX_FLOOR.test(line));
  const status = lines[floor + 1];
  if (floor < 4 || status === undefined || floor + 2 !== lines.length)
    return { ready: false, dialog: undefined, box: NO_BOX, busy: false };
  const busy = / esc interrupt(?: |$)/.test(status);
  const rows = rowsOfBox(lines, floor);
  if (!rows) return { ready: false, dialog: undefined, box: NO_BOX, busy };
  const { top, bottom } = rows;
  const text = lines
    .slice(top, bottom)
    .map((line) => contentOf(line).slice(1).trimEnd())
    .join("\n");
  const cursorInside = view.cursorY >= top && view.cursorY < bottom && view.cursorX >= BOX_LEFT;
  const atStart = view.cursorX === BOX_LEFT && view.cursorY === top;
  const covered = !cursorInside || isMenu(lines[top - 2]);
  const box = {
    empty: text === "" && bottom - top === 1 && atStart,
    text,
    pasted: /\[Pasted ~\d+ lines\]/.test(text),
  };
  const takesPrompt =
    STATUS.test(status) && !contentOf(lines[floor - 1] ?? "").startsWith(" Shell");
  const ready = takesPrompt && !covered;
  return { ready, dialog: covered ? "other" : undefined, box, busy };
}
