import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Stage } from "../../sandbox/stage.ts";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "cli", "pull", "main.ts");

/** `npm run pull` of a stage, as a process. */
export class FeederProcess {
  #stage: Stage;
  #child: ChildProcess | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
    process.once("exit", () => this.#child?.kill("SIGKILL"));
  }

  /** Starts it, beside the stage's Switchboard and with its settings. */
  launch(env: Record<string, string> = {}): void {
    const { env: own, home, logLines } = this.#stage;
    const child = spawn(join(root, "node_modules", ".bin", "node"), [main], {
      env: { ...own, ...env },
      cwd: home,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => logLines.push(line));
    }
  }

  /** Resolves once it has ended, to its exit code or signal. */
  async ended(): Promise<number | NodeJS.Signals> {
    const child = this.#child;
    if (!child) throw new Error("the feeder was not started");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.signalCode ?? child.exitCode ?? 0;
  }

  /** Ends it with a signal. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (!this.#child) return;
    this.#child.kill(signal);
    await this.ended();
  }
}
