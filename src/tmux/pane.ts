/** What tmux knows of a pane. */
export interface Pane {
  /** `%n`, never used twice in the life of a tmux server. */
  id: string;
  /** The name of its session. */
  session: string;
  /** The program has ended; the pane and its last screen are kept. */
  dead: boolean;
  /**
   * Exit code of the ended program; undefined while it runs, when a signal ended it, and now and
   * then when tmux missed the end: with libutempter (Debian) it can lose the one SIGCHLD, and
   * learns the status only when another of its children ends.
   */
  deadStatus: number | undefined;
  /** The pane is in copy mode or another mode, so keys do not reach the program. */
  inMode: boolean;
  /** Process id of the program the pane was started with. */
  pid: number;
  /** When its session began; seconds since the epoch. */
  since: number;
  /** What the program set as its title; the host's name before that. */
  title: string;
  width: number;
  height: number;
  /** Zero-based cell of the cursor. */
  cursorX: number;
  cursorY: number;
}

/** A pane and the text on its screen, read together. */
export interface Look extends Pane {
  /** The visible lines, each without its trailing spaces and ended by `\n`. */
  text: string;
}

/** A pane with what its screen looks like. */
export interface StyledLook extends Look {
  /**
   * The lines with the escape sequences of their colours, which run on from line to line, and with the
   * spaces at their ends.
   */
  text: string;
  /** The program shows its cursor. */
  hasCursor: boolean;
}

/**
 * A run of the program in a pane: another one when the pane or its program is started anew. After a restart of the
 * machine or its container, both numbers are often the same ones.
 */
export function runOf({ id, pid, since }: Pick<Pane, "id" | "pid" | "since">): string {
  return `${id} ${pid} ${since}`;
}

/** The tmux format whose lines `parsePane` reads; the title is last as it may hold any character. */
export const PANE_FORMAT = [
  "#{pane_id}",
  "#{session_name}",
  "#{pane_dead}",
  "#{pane_dead_status}",
  "#{pane_in_mode}",
  "#{pane_pid}",
  "#{session_created}",
  "#{pane_width}",
  "#{pane_height}",
  "#{cursor_x}",
  "#{cursor_y}",
  "#{pane_title}",
].join("|");

/** Reads one line of `PANE_FORMAT`; undefined when it is not one, as for a pane that is gone. */
export function parsePane(line: string): Pane | undefined {
  const [id, session = "", dead, status, mode, pid, since, ...seen] = line.split("|");
  const [width, height, cursorX, cursorY, ...title] = seen;
  if (id === undefined || !/^%\d+$/.test(id)) return undefined;
  return {
    id,
    session,
    dead: dead === "1",
    deadStatus: status ? Number(status) : undefined,
    inMode: mode !== "0",
    pid: Number(pid),
    since: Number(since),
    title: title.join("|"),
    width: Number(width),
    height: Number(height),
    cursorX: Number(cursorX),
    cursorY: Number(cursorY),
  };
}
