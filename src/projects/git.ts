/** How git is run on this machine. */
export interface GitSettings {
  /** The whole environment git starts from, without secrets; most of its `GIT_*` is left out. */
  env: Readonly<Record<string, string>>;
  /** The umask of what git writes; this process's own unless told. */
  umask?: number | undefined;
  /** The protocols git may use, by their names in URLs; https and ssh unless told. */
  protocols?: readonly string[];
  /** Milliseconds one run may take; 10 minutes unless told. */
  timeoutMs?: number;
}

/** What came of a run of git. `said` is the end of its standard error, without logins in URLs. */
export type GitResult =
  | { kind: "done"; output: string }
  | { kind: "failed"; said: string }
  | { kind: "git-missing" }
  | { kind: "timeout" }
  | { kind: "stopped" };

/** What a run can have besides its words. */
export interface GitRun {
  /** Ends the run, and everything it started. */
  signal?: AbortSignal | undefined;
  /** The command that makes ssh connections; `ssh`, or that of the environment, unless told. */
  sshCommand?: string | undefined;
}

// A variable of git that a service may well have; any other would change which repository is meant, what
// is run, or what is printed (`git rev-parse --local-env-vars`, GIT_TRACE…).
const keptVariable = /^GIT_(SSL_\w+|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|EXEC_PATH)$/;

// What a repository brings must not run code because somebody looks at it or checks it out.
const settings = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];

// The exit code of a shell that does not find the program (POSIX).
const shellFoundNone = 127;

const saidLength = 2000;
const mostOutput = 10 * 1024 * 1024;

// A connection that ssh shares with later runs holds standard error open after git has ended.
const letGoAfterMs = 250;

/** The git program, never asking anything: no terminal, no window, no password prompt of ssh. */
export class Git {
  readonly protocols: readonly string[];
  readonly timeoutMs: number;
  readonly umask: number | undefined;
  #env: Record<string, string>;
  #ssh: string | undefined;

  constructor({ env, umask, protocols = ["https", "ssh"], timeoutMs = 10 * 60_000 }: GitSettings) {
    this.protocols = protocols;
    this.timeoutMs = timeoutMs;
    this.umask = umask;
    this.#ssh = env["GIT_SSH_COMMAND"] || undefined;
    const kept = Object.entries(env).filter(
      ([name]) => !name.startsWith("GIT_") || keptVariable.test(name),
    );
    this.#env = {
      ...Object.fromEntries(kept),
      GIT_ALLOW_PROTOCOL: protocols.join(":"),
      GIT_TERMINAL_PROMPT: "0",
      // Empty: neither core.askPass nor SSH_ASKPASS opens a window that nobody sees.
      GIT_ASKPASS: "",
      SSH_ASKPASS_REQUIRE: "never",
      GCM_INTERACTIVE: "never",
      // The reasons are read from what git says.
      LC_ALL: "C",
    };
  }

  /** The operator's own way to connect by ssh, if their settings of git or the environment name one. */
  async sshCommand(): Promise<string | undefined> {
    if (this.#ssh !== undefined) return this.#ssh;
    const named = await this.run(["config", "--get", "core.sshCommand"]);
    return named.kind === "done" ? named.output || undefined : undefined;
  }

  /**
   * Runs git in `/`; name a repository with `-C`. What takes too long or is stopped is killed with its
   * whole process group. The words are visible to `ps`: no secret. Never rejects.
   */
  async run(words: readonly string[], { signal, sshCommand }: GitRun = {}): Promise<GitResult> {
    if (signal?.aborted) return { kind: "stopped" };
    const [program, args] = this.#program([...settings, ...words]);
    const { execa } = await import("execa");
    const child = execa(program, args, {
      cwd: "/",
      env: {
        ...this.#env,
        GIT_SSH_COMMAND: `${sshCommand ?? this.#ssh ?? "ssh"} -o BatchMode=yes`,
      },
      extendEnv: false,
      // A process group of its own, which can be killed as a whole; and no terminal to ask on.
      detached: true,
      stdin: "ignore",
      buffer: { stdout: true, stderr: false },
      maxBuffer: mostOutput,
      reject: false,
    });
    const running = child.nodeChildProcess;
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-saidLength);
    });
    let ended: "timeout" | "stopped" | undefined;
    const kill = (why: "timeout" | "stopped") => {
      const { pid, exitCode, signalCode } = running;
      if (pid === undefined || exitCode !== null || signalCode !== null) return;
      ended = why;
      process.kill(-pid, "SIGKILL");
    };
    const stop = () => kill("stopped");
    const timer = setTimeout(kill, this.timeoutMs, "timeout");
    signal?.addEventListener("abort", stop);
    let letGo: NodeJS.Timeout | undefined;
    running.once("exit", () => {
      letGo = setTimeout(() => {
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      }, letGoAfterMs);
    });
    const result = await child;
    clearTimeout(timer);
    clearTimeout(letGo);
    signal?.removeEventListener("abort", stop);
    if (ended) return { kind: ended };
    if (result.exitCode === 0) return { kind: "done", output: result.stdout };
    const isMissing = result.code === "ENOENT" || result.code === "EACCES";
    if (isMissing || result.exitCode === shellFoundNone) return { kind: "git-missing" };
    return { kind: "failed", said: withoutLogins(said.trim() || (result.originalMessage ?? "")) };
  }

  #program(args: string[]): [string, string[]] {
    if (this.umask === undefined) return ["git", args];
    return ["sh", ["-c", 'umask "$0" && exec git "$@"', this.umask.toString(8), ...args]];
  }
}

/** The operator's `url.….insteadOf` may put a login into what git prints. */
function withoutLogins(text: string): string {
  return text.replace(/:\/\/[^/\s@]+@/g, "://[REDACTED]@");
}
