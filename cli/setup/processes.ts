import { type ChildProcess, spawn } from "node:child_process";

/** How a program ended; `code` is undefined when there is no such program. */
export interface Ended {
  code: number | undefined;
  /** What it wrote, to standard output and standard error. */
  output: string;
}

/** Runs programs for the set-up, without a shell. */
export interface Processes {
  /** Runs one to its end, within a limit. Never throws. */
  run: (program: string, args: readonly string[], timeoutMs?: number) => Promise<Ended>;
  /** Runs one on this terminal and returns its exit code. */
  show: (program: string, args: readonly string[]) => Promise<number>;
}

const usualLimitMs = 30_000;

/** What the programs are given. */
interface SystemOptions {
  cwd: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Ends what still runs. */
  signal: AbortSignal;
}

/** Programs of this machine. They do not inherit an exported token: it stands in `.env`. */
export function systemProcesses({ cwd, environment, signal }: SystemOptions): Processes {
  const { TELEGRAM_BOT_TOKEN: _token, ...inherited } = environment;
  // npm's advertisement for itself would stand below the doctor's last line.
  const env = { ...inherited, npm_config_update_notifier: "false" };
  return {
    run: (program, args, timeoutMs = usualLimitMs) => {
      const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      // In a session of its own: opencode meddles with the terminal, and would stop this process.
      const child = spawn(program, args, {
        cwd,
        env,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      const stop = () => endGroup(child.pid);
      ending.addEventListener("abort", stop);
      if (ending.aborted) stop();
      return ended(child).finally(() => ending.removeEventListener("abort", stop));
    },
    show: async (program, args) => {
      const child = spawn(program, args, { cwd, env, stdio: "inherit" });
      return (await ended(child)).code ?? 127;
    },
  };
}

function ended(child: ChildProcess): Promise<Ended> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on("error", () => resolve({ code: undefined, output }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended.
  }
}
