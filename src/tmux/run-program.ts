import { spawn } from "node:child_process";

/** How a program is run. */
export interface ProgramOptions {
  /** The whole environment; its `PATH` is where the program is looked for. */
  env: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  input: string;
  /** Milliseconds after which it is killed. */
  timeoutMs: number;
  /** Milliseconds after that in which it may keep its output open. */
  letGoAfterMs: number;
}

/** How a program ended. */
export interface ProgramResult {
  /** Null where it was killed or could not be started. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  isTimedOut: boolean;
  /** The system's code, such as `ENOENT`, where it could not be started. */
  code: string | undefined;
}

/**
 * Runs a program without a shell, in `/`, and never rejects. Not by execa, which takes 8 MB and a tenth of
 * the start for what is needed here.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, input, timeoutMs, letGoAfterMs }: ProgramOptions,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: "/", env, stdio: "pipe" });
    const result: ProgramResult = {
      exitCode: null,
      stdout: "",
      stderr: "",
      isTimedOut: false,
      code: undefined,
    };
    const limit = setTimeout(() => {
      result.isTimedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    // A client of tmux hands its streams to the server, and one that hangs holds them open after the
    // client was killed.
    const letGo = setTimeout(() => {
      for (const stream of child.stdio) stream?.destroy();
    }, timeoutMs + letGoAfterMs);
    const finish = (exitCode: number | null) => {
      clearTimeout(limit);
      clearTimeout(letGo);
      resolve({ ...result, exitCode });
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      result.code = error.code;
      finish(null);
    });
    child.once("close", finish);
    child.stdout.setEncoding("utf8").on("data", (text: string) => (result.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (result.stderr += text));
    // One that ends early reads nothing more.
    for (const stream of child.stdio) stream?.on("error", () => undefined);
    child.stdin.end(input);
  });
}
