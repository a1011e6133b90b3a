import { randomUUID } from "node:crypto";
import { type Look, PANE_FORMAT, type Pane, parsePane, type StyledLook } from "./pane.ts";
import { startServer, TmuxClient, type TmuxOptions } from "./client.ts";
import { type Key, keyWord } from "./key.ts";
import { cleanForPaste } from "./paste-text.ts";
import { environmentNames, execed, literalFormat, script } from "./script.ts";
import { TmuxError } from "./tmux-error.ts";

/** A program to run in a pane. */
export interface PaneProgram {
  /** Program and arguments, run as they are: no shell in between. Visible to `ps`: no secret. */
  command: readonly string[];
  /** Absolute path of the directory it starts in. */
  cwd: string;
  /** Added to the server's environment; handed over by standard input, so secrets may be here. */
  env: Readonly<Record<string, string>>;
}

/** A session of one window with one pane. */
export interface NewSession extends PaneProgram {
  /** `[A-Za-z0-9_-]{1,32}`. */
  name: string;
  /** Columns and rows until a client attaches. */
  width: number;
  height: number;
}

/** What others use of a tmux server; tests replace it. */
export type TmuxServer = Pick<Tmux, keyof Tmux>;

/** Programs keep full 256 colours; an operator's own Escape is not held back for half a second. */
const SERVER_OPTIONS = [
  ["set-option", "-s", "default-terminal", "tmux-256color"],
  ["set-option", "-s", "escape-time", "20"],
  ["set-option", "-g", "history-limit", "5000"],
  ["set-option", "-g", "mouse", "on"],
  ["set-option", "-g", "update-environment", ""],
  ["set-option", "-wg", "remain-on-exit", "on"],
  // An operator who attaches sees the whole pane; the pane keeps that size when they leave.
  ["set-option", "-wg", "window-size", "latest"],
];

/**
 * Sessions and panes of one tmux server (written against 3.3a), which is started by the first
 * `newSession` and ends with its last session. Every method is one or two runs of the tmux program
 * (about 5 ms each) and rejects with a `TmuxError`. Sessions are named exactly; panes are `%n`.
 */
export class Tmux {
  #client: TmuxClient;
  #env: Readonly<Record<string, string>>;
  /** The `-L` name of the server. */
  readonly socketName: string;

  constructor(options: TmuxOptions) {
    this.#client = new TmuxClient(options);
    this.#env = options.env;
    this.socketName = options.socketName;
  }

  /**
   * Starts a detached session and resolves to its pane's id. The pane and every respawn of it get
   * exactly the server's `env`, the session's `env` and tmux's own variables, whoever started the
   * tmux server. The pane stays when its program ends. Rejects when the name is wrong or taken.
   */
  async newSession(session: NewSession): Promise<string> {
    const target = exactly(session.name);
    const stayUp = [startServer, ";", "set-option", "-s", "exit-empty", "off"];
    const globals = await this.#client.run([...stayUp, ";", "show-environment", "-g"]);
    const foreign = environmentNames(globals).filter((name) => !(name in this.#env));
    const variables = Object.entries(session.env).flatMap(([name, value]) => [
      "-e",
      `${name}=${value}`,
    ]);
    const size = ["-x", String(session.width), "-y", String(session.height)];
    const start = ["-s", session.name, "-c", literalFormat(session.cwd), ...size, ...variables];
    const id = await this.#source([
      ...foreign.map((name) => ["set-environment", "-gu", name]),
      ...Object.entries(this.#env).map(([name, value]) => ["set-environment", "-g", name, value]),
      ...SERVER_OPTIONS,
      ["new-session", "-d", "-P", "-F", "#{pane_id}", ...start, "--", ...execed(session.command)],
      ["set-option", "-s", "exit-empty", "on"],
    ]);
    if (!/^%\d+\n$/.test(id)) throw new TmuxError("failed", `no pane for session ${target}`);
    return id.trim();
  }

  /** Names of all sessions; none when no server runs. */
  async listSessions(): Promise<string[]> {
    const names = await this.#orMissing(["list-sessions", "-F", "#{session_name}"]);
    return lines(names ?? "");
  }

  /** Gives a session another name; false when there was none. Rejects when that is wrong or taken. */
  async renameSession(name: string, newName: string): Promise<boolean> {
    const words = ["rename-session", "-t", exactly(name), "--", exactly(newName).slice(1)];
    return (await this.#orMissing(words)) !== undefined;
  }

  /** Ends a session and the programs in it; false when there was none. */
  async killSession(name: string): Promise<boolean> {
    return (await this.#orMissing(["kill-session", "-t", exactly(name)])) !== undefined;
  }

  /** The session's first pane, even if an operator split the window; undefined without session. */
  async pane(name: string): Promise<Pane | undefined> {
    const target = exactly(name);
    const list = await this.#orMissing(["list-panes", "-s", "-t", `${target}:`, "-F", PANE_FORMAT]);
    const panes = lines(list ?? "").flatMap((line) => parsePane(line) ?? []);
    return panes.toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)))[0];
  }

  /** Ends what runs in the pane and starts `program` there; its `env` joins the session's. */
  async respawn(paneId: string, program: PaneProgram): Promise<void> {
    const target = checkedPane(paneId);
    const start = ["-t", target, "-c", literalFormat(program.cwd)];
    await this.#source([
      ...Object.entries(program.env).map(([name, value]) => {
        return ["set-environment", "-t", target, name, value];
      }),
      ["respawn-pane", "-k", ...start, "--", ...execed(program.command)],
    ]);
  }

  /** Removes variables from the environment of a server that already runs; nothing when none does. */
  async unsetGlobal(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const commands = names.map((name) => ["set-environment", "-gu", name]);
    try {
      await this.#source(commands);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** The pane's state and screen, in one run. Rejects with `gone` when the pane does not exist. */
  async look(paneId: string): Promise<Look> {
    return this.#look(paneId, PANE_FORMAT, []);
  }

  /** The same with colours, and with the spaces at the ends of lines, which may have some. */
  async styledLook(paneId: string): Promise<StyledLook> {
    const format = `#{cursor_flag}${PANE_FORMAT}`;
    let hasCursor = true;
    const look = await this.#look(paneId, format, ["-e", "-N"], (line) => {
      hasCursor = line.startsWith("1");
      return line.slice(1);
    });
    return { ...look, hasCursor };
  }

  /** The same as `look`, with so many lines of what has scrolled away before it. */
  async lookBack(paneId: string, count: number): Promise<Look> {
    return this.#look(paneId, PANE_FORMAT, ["-S", `-${Math.trunc(count)}`]);
  }

  async #look(
    paneId: string,
    format: string,
    how: string[],
    before: (line: string) => string = (line) => line,
  ): Promise<Look> {
    const target = checkedPane(paneId);
    const state = ["display-message", "-p", "-t", target, format];
    const output = await this.#client.run([
      ...state,
      ";",
      "capture-pane",
      "-p",
      ...how,
      "-t",
      target,
    ]);
    const end = output.indexOf("\n");
    const pane = parsePane(before(output.slice(0, end)));
    if (!pane) throw new TmuxError("gone", `no pane ${paneId}`);
    return { ...pane, text: output.slice(end + 1) };
  }

  /**
   * Pastes `cleanForPaste(text)` as one bracketed paste, byte for byte, in one run; a program that
   * did not ask for bracketed paste would read each newline as a key. Nothing is pasted, and the
   * promise rejects, when the pane is `gone` or `in-mode`: both are decided by tmux in the same
   * step as the paste. An empty text is a `failed`. No buffer stays behind.
   */
  async paste(paneId: string, text: string): Promise<void> {
    const target = checkedPane(paneId);
    const clean = cleanForPaste(text);
    if (clean === "") throw new TmuxError("failed", "nothing to paste");
    const buffer = `switchboard-${randomUUID()}`;
    const busy = "#{?pane_dead,dead,#{?pane_in_mode,mode,}}";
    const refuse = `delete-buffer -b ${buffer} ; display-message -p -t ${target} "${busy}"`;
    const paste = `paste-buffer -p -r -d -b ${buffer} -t ${target}`;
    const guarded = ["if-shell", "-F", "-t", target, busy, refuse, paste];
    let answer: string;
    try {
      answer = await this.#client.run(["load-buffer", "-b", buffer, "-", ";", ...guarded], clean);
    } catch (error) {
      await this.#client.run(["delete-buffer", "-b", buffer]).catch(() => undefined);
      throw error;
    }
    if (answer === "") return;
    const inMode = answer.startsWith("mode");
    throw new TmuxError(inMode ? "in-mode" : "gone", `pane ${paneId} takes no paste`);
  }

  /**
   * Presses keys in the pane, in order. Look before: copy mode takes them for itself, and a pane
   * whose program has ended drops them without an error.
   */
  async keys(paneId: string, ...keys: readonly Key[]): Promise<void> {
    await this.#client.run(["send-keys", "-t", checkedPane(paneId), ...keys]);
  }

  /**
   * Presses one key in that run of the pane's program. Nothing is pressed, and the promise rejects, when the
   * program has ended or another one runs (`gone`), or the pane is `in-mode`: tmux decides it in the same step.
   */
  async press({ id, pid }: Pick<Pane, "id" | "pid">, key: Key): Promise<void> {
    const target = checkedPane(id);
    const isOther = `#{||:#{pane_dead},#{!=:#{pane_pid},${Math.trunc(pid)}}}`;
    const busy = `#{?${isOther},dead,#{?pane_in_mode,mode,}}`;
    const refuse = `display-message -p -t ${target} "${busy}"`;
    const send = `send-keys -t ${target} ${keyWord(key)}`;
    const answer = await this.#client.run(["if-shell", "-F", "-t", target, busy, refuse, send]);
    if (answer === "") return;
    const inMode = answer.startsWith("mode");
    throw new TmuxError(inMode ? "in-mode" : "gone", `pane ${id} takes no key`);
  }

  /** Ends copy mode and any other mode of the pane; nothing when it is in none. */
  async leaveMode(paneId: string): Promise<void> {
    await this.#client.run(["copy-mode", "-q", "-t", checkedPane(paneId)]);
  }

  /** Ends the server, its sessions and the programs in them; nothing when none runs. */
  async killServer(): Promise<void> {
    await this.#orMissing(["kill-server"]);
  }

  #source(commands: string[][]): Promise<string> {
    return this.#client.run(["source-file", "-"], script(commands));
  }

  async #orMissing(words: string[]): Promise<string | undefined> {
    try {
      return await this.#client.run(words);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof TmuxError && /^no-(server|session)$/.test(error.reason);
}

function lines(output: string): string[] {
  return output.split("\n").filter((line) => line !== "");
}

function exactly(name: string): string {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(name)) throw new TmuxError("failed", "not a session name");
  return `=${name}`;
}

function checkedPane(paneId: string): string {
  if (!/^%\d+$/.test(paneId)) throw new TmuxError("failed", "not a pane id");
  return paneId;
}
