import { execFile, spawn } from "node:child_process";
import { once } from "node:events";

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
  const { TELEGRAM_BOT_TOKEN: _token, ...env } = environment;
  return {
    run: (program, args, timeout = usualLimitMs) =>
      new Promise((resolve) => {
        const options = { cwd, env, timeout, signal, maxBuffer: 16 * 1024 * 1024 };
        const child = execFile(program, args, options, (error, out, err) => {
          const output = out + err;
          if (!error) return resolve({ code: 0, output });
          resolve({ code: error.code === "ENOENT" ? undefined : codeOf(error.code), output });
        });
        child.stdin?.end();
      }),
    show: async (program, args) => {
      const child = spawn(program, args, { cwd, env, stdio: "inherit" });
      try {
        const [code] = (await once(child, "close")) as [number | null];
        return code ?? 1;
      } catch {
        return 127;
      }
    },
  };
}

function codeOf(code: unknown): number {
  return typeof code === "number" ? code : 1;
}
