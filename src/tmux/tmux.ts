import { randomUUID } from "node:crypto";
import { type Look, PANE_FORMAT, type Pane, parsePane } from "./pane.ts";
import { cleanForPaste } from "./paste-text.ts";
import { environmentNames, execed, literalFormat, script } from "./script.ts";
import { reasonOf, TmuxError } from "./tmux-error.ts";

/** Where a tmux server is found and what its programs start from. */
export interface TmuxOptions {
  /** Name of the socket (`tmux -L`); a name of its own keeps the operator's sessions untouched. */
  socketName: string;
  /** The whole environment of the tmux server and the base of every pane's; no secret. */
  env: Readonly<Record<string, string>>;
  /** The umask of the tmux server, and so of every pane's program; this process's own unless told. */
  umask?: number | undefined;
  /** Milliseconds one tmux command may take; 3000 unless told. */
  timeoutMs?: number;
}

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

/** The keys that may be pressed, by their tmux names. */
export type Key =
  | "Enter"
  | "BSpace"
  | "Escape"
  | "Up"
  | "Down"
  | "Left"
  | "Right"
  | "Tab"
  | "C-c"
  | "C-u";

// The limit of a command while the server hangs: it is asked whether it is back, and holds up little.
const hangingMs = 1000;

const startServer = "start-server";

// The exit code of a shell that does not find the program (POSIX).
const shellFoundNone = 127;

// After its limit a client is killed; then its streams normally end at once.
const letGoAfterMs = 250;

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
  #base: string[];
  #env: Readonly<Record<string, string>>;
  #timeoutMs: number;
  #umask: number | undefined;
  /** The `-L` name of the server. */
  readonly socketName: string;
  /** The last command got no answer in time. */
  #isHanging = false;

  constructor(options: TmuxOptions) {
    this.#base = ["-u", "-f", "/dev/null", "-L", options.socketName];
    this.#env = options.env;
    this.#umask = options.umask;
    this.socketName = options.socketName;
    this.#timeoutMs = options.timeoutMs ?? 3000;
  }

  /**
   * Starts a detached session and resolves to its pane's id. The pane and every respawn of it get
   * exactly the server's `env`, the session's `env` and tmux's own variables, whoever started the
   * tmux server. The pane stays when its program ends. Rejects when the name is wrong or taken.
   */
  async newSession(session: NewSession): Promise<string> {
    const target = exactly(session.name);
    const stayUp = [startServer, ";", "set-option", "-s", "exit-empty", "off"];
    const globals = await this.#run([...stayUp, ";", "show-environment", "-g"]);
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
    const target = checkedPane(paneId);
    const state = ["display-message", "-p", "-t", target, PANE_FORMAT];
    const output = await this.#run([...state, ";", "capture-pane", "-p", "-t", target]);
    const end = output.indexOf("\n");
    const pane = parsePane(output.slice(0, end));
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
      answer = await this.#run(["load-buffer", "-b", buffer, "-", ";", ...guarded], clean);
    } catch (error) {
      await this.#run(["delete-buffer", "-b", buffer]).catch(() => undefined);
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
    await this.#run(["send-keys", "-t", checkedPane(paneId), ...keys]);
  }

  /** Ends copy mode and any other mode of the pane; nothing when it is in none. */
  async leaveMode(paneId: string): Promise<void> {
    await this.#run(["copy-mode", "-q", "-t", checkedPane(paneId)]);
  }

  /** Ends the server, its sessions and the programs in them; nothing when none runs. */
  async killServer(): Promise<void> {
    await this.#orMissing(["kill-server"]);
  }

  /** The server takes its umask from the client that starts it, which takes its own from a shell. */
  #program(words: string[]): [string, string[]] {
    const args = [...this.#base, ...words];
    if (this.#umask === undefined || words[0] !== startServer) return ["tmux", args];
    const umask = this.#umask.toString(8);
    return ["sh", ["-c", 'umask "$0" && exec tmux "$@"', umask, ...args]];
  }

  #source(commands: string[][]): Promise<string> {
    return this.#run(["source-file", "-"], script(commands));
  }

  async #orMissing(words: string[]): Promise<string | undefined> {
    try {
      return await this.#run(words);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #run(words: string[], input = ""): Promise<string> {
    const timeoutMs = Math.min(this.#timeoutMs, this.#isHanging ? hangingMs : Infinity);
    const [program, args] = this.#program(words);
    const { execa } = await import("execa"); // at first use: it takes a tenth of the start
    const client = execa(program, args, {
      cwd: "/",
      env: this.#env,
      extendEnv: false,
      input,
      killSignal: "SIGKILL",
      reject: false,
      stripFinalNewline: false,
      timeout: timeoutMs,
    });
    // The client hands its streams to the server. One that hangs holds them open after the client was
    // killed, and execa would wait for their end.
    const letGo = setTimeout(() => {
      for (const stream of client.stdio) stream?.destroy();
    }, timeoutMs + letGoAfterMs);
    const result = await client.finally(() => clearTimeout(letGo));
    this.#isHanging = result.timedOut;
    if (result.exitCode === 0) return result.stdout;
    // Neither the words nor the input are repeated: a pasted prompt does not belong in the log.
    const cause = { cause: result.code };
    if (result.code === "ENOENT" || result.exitCode === shellFoundNone)
      throw new TmuxError("not-installed", "tmux not found", cause);
    if (result.timedOut) throw new TmuxError("timeout", `tmux ${words[0]} took too long`);
    const said = result.stderr.trim() || "failed without a word";
    throw new TmuxError(reasonOf(result.stderr), `tmux ${words[0]}: ${said}`, cause);
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
