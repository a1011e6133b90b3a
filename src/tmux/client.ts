import { runProgram } from "./run-program.ts";
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

// The limit of a command while the server hangs: it is asked whether it is back, and holds up little.
const hangingMs = 1000;

/** The command that starts a server, if none runs. */
export const startServer = "start-server";

// The exit code of a shell that does not find the program (POSIX).
const shellFoundNone = 127;

// After its limit a client is killed; then its streams normally end at once.
const letGoAfterMs = 250;

/** Runs the tmux program; each command is a process of its own. */
export class TmuxClient {
  #base: string[];
  #env: Readonly<Record<string, string>>;
  #timeoutMs: number;
  #umask: number | undefined;
  /** The last command got no answer in time. */
  #isHanging = false;

  constructor(options: TmuxOptions) {
    this.#base = ["-u", "-f", "/dev/null", "-L", options.socketName];
    this.#env = options.env;
    this.#umask = options.umask;
    this.#timeoutMs = options.timeoutMs ?? 3000;
  }

  /** Runs a command with `input` and resolves to what it writes. @throws TmuxError */
  async run(words: string[], input = ""): Promise<string> {
    const timeoutMs = Math.min(this.#timeoutMs, this.#isHanging ? hangingMs : Infinity);
    const [program, args] = this.#program(words);
    const limits = { timeoutMs, letGoAfterMs };
    const result = await runProgram(program, args, { env: this.#env, input, ...limits });
    this.#isHanging = result.isTimedOut;
    if (result.exitCode === 0) return result.stdout;
    // Neither the words nor the input are repeated: a pasted prompt does not belong in the log.
    const cause = { cause: result.code };
    if (result.code === "ENOENT" || result.exitCode === shellFoundNone)
      throw new TmuxError("not-installed", "tmux not found", cause);
    if (result.isTimedOut) throw new TmuxError("timeout", `tmux ${words[0]} took too long`);
    const said = result.stderr.trim() || "failed without a word";
    throw new TmuxError(reasonOf(result.stderr), `tmux ${words[0]}: ${said}`, cause);
  }

  /** The server takes its umask from the client that starts it, which takes its own from a shell. */
  #program(words: string[]): [string, string[]] {
    const args = [...this.#base, ...words];
    if (this.#umask === undefined || words[0] !== startServer) return ["tmux", args];
    const umask = this.#umask.toString(8);
    return ["sh", ["-c", 'umask "$0" && exec tmux "$@"', umask, ...args]];
  }
}
