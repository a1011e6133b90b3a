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
  /** The agent of opencode that the next typed prompt runs as, as it is shown: `Build`, `Plan`. */
  agent: string | undefined;
  /** The model that it runs by, as it is shown: `Model Provider · variant`. */
  model: string | undefined;
  /** A turn runs. */
  busy: boolean;
}

/** The choices of its dialog for a permission, and of the one that asks again before it is always allowed. */
export const PERMISSION_CHOICES = ["Allow once", "Allow always", "Reject", "Confirm", "Cancel"];

const BOX_FLOOR = /^ {2}╹(▀{10,})/;
const STATUS = / ctrl\+p commands(?: {2}|$)/;
// The last line of the box: the agent, its model and the provider.
const AGENT = /^ {2}(\S.*?) · (.*)$/;
const TEXT_COLUMN = 5;

/**
 * Reads one captured screen of the TUI (opencode 1.18.33, seen at 80×24, 100×30 and 200×50). The
 * box is found from its floor upwards: the agent's line, a blank line, the text, a blank line.
 */
export function readScreen(view: PaneView): Screen {
  const lines = view.text.trimEnd().split("\n");
  const floor = lines.findLastIndex((line) => BOX_FLOOR.test(line));
  const status = lines[floor + 1];
  if (floor === -1) return { ...UNKNOWN, dialog: decisionIn(lines) };
  if (status === undefined || floor + 2 !== lines.length) return UNKNOWN;
  const busy = / esc interrupt(?: |$)/.test(status);
  const { rows, top, hasMenu, last } = boxAbove(lines, floor);
  const cursorInside =
    view.cursorX >= TEXT_COLUMN && view.cursorY >= top && view.cursorY < top + rows.length;
  const open = hasMenu || !cursorInside;
  const isReady = rows.length > 0 && STATUS.test(status) && !open;
  const text = rows.map((row) => row.slice(2)).join("\n");
  const [, agent, model] = (isReady && AGENT.exec(last)) || [];
  const atStart = view.cursorX === TEXT_COLUMN && view.cursorY === top;
  return {
    ready: isReady,
    dialog: open ? "other" : undefined,
    box: { empty: rows.length === 1 && text === "" && atStart, text },
    agent,
    model,
    busy,
  };
}

/**
 * Whether a box shows just this paste, collapsed to `[Pasted ~n lines]`; opencode then sends the text
 * and a space after it. A text that contains such words itself is shown as it is: opencode 1.18
 * collapses only three lines or more, or more than 150 characters.
 */
export function showsCollapsed({ text: shown }: Box, pasted: string): boolean {
  const lines = pasted.split("\n").length;
  const isLong = lines >= 3 || pasted.length > 150;
  return isLong && shown.trim() === `[Pasted ~${lines} lines]`;
}

/**
 * What a TUI makes of a session's title, as `OC | ` and this: it is cut to 37 UTF-16 units and `…` when it
 * has more than 40, and half a character becomes U+FFFD on its way through the terminal.
 */
export function shownTitle(title = ""): string {
  return (title.length > 40 ? `${title.slice(0, 37)}…` : title).toWellFormed();
}

/**
 * Whether a TUI with this pane title shows a session of this title. A session without a title of its own
 * (`New session - …`) shows as `OpenCode`, like the home screen, and is never recognised; sessions whose
 * titles are shown alike are not told apart.
 */
export function showsSession(paneTitle: string, sessionTitle: string): boolean {
  if (sessionTitle.trim() === "" || /^(New|Child) session - \d{4}-/.test(sessionTitle))
    return false;
  return paneTitle === `OC | ${shownTitle(sessionTitle)}`;
}

const UNKNOWN: Screen = {
  ready: false,
  dialog: undefined,
  box: { empty: false, text: "" },
  agent: undefined,
  model: undefined,
  busy: false,
};

/** A permission or a question takes the place of the box, so it is read only without one. */
function decisionIn(lines: readonly string[]): Screen["dialog"] {
  if (lines.some((line) => /^ {2}┃ {2}△ /.test(line))) return "permission";
  if (lines.slice(-3).some((line) => /^ {2}┃ .* esc dismiss/.test(line))) return "question";
  return undefined;
}

function boxAbove(lines: readonly string[], floor: number) {
  const width = BOX_FLOOR.exec(lines[floor] ?? "")?.[1]?.length ?? 0;
  // Beyond the box a wide screen has a side panel.
  const contents = lines.slice(0, floor).map((line) => {
    return line.startsWith("  ┃") ? line.slice(3, 3 + width).trimEnd() : undefined;
  });
  let first = floor;
  while (first > 0 && isBoxRow(contents[first - 1])) first--;
  const above = contents[first - 1];
  const isWhole = contents[first] === "" && contents[floor - 2] === "" && floor - first >= 4;
  return {
    rows: isWhole ? contents.slice(first + 1, floor - 2).map((row) => row ?? "") : [],
    top: first + 1,
    hasMenu: above !== undefined,
    last: contents[floor - 1] ?? "",
  };
}

/** Text of the box is two columns from its edge, an entry of a menu above it only one. */
function isBoxRow(content: string | undefined): boolean {
  return content === "" || content?.startsWith("  ") === true;
}

/**
 * Whether a paste of `text` into the prompt box and Enter submit this very text; what does not
 * goes by the API. A leading `/` or `!` can be a command, `exit` quits the TUI, an `@` word at the end opens a menu that
 * takes the Enter, and a lone path of an image is replaced by the image. Of a text of three lines
 * or more, or of more than 150 characters, opencode sends `text.trim()` and a space; so compare
 * what arrived with what was meant by their trimmed texts.
 */
export function isPasteable(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed === "" || /^[/!]/.test(trimmed)) return false;
  if (/^(exit|quit|:q)$/.test(trimmed)) return false;
  if (/(?:^|\s)@\S*$/.test(text)) return false;
  return !/^[^\n]*\.(avif|bmp|gif|heic|ico|jpe?g|pdf|png|svg|tiff?|webp)['"]?$/i.test(trimmed);
}
