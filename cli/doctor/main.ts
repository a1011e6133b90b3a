import { endProcess } from "../../src/process-end.ts";
import { terminalLine } from "../../src/terminal-text.ts";
import { doctor } from "./doctor.ts";

const removedWithinMs = 20_000;
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => interrupted.abort());
}
// Nobody reads on, as with `| head`: what was begun is removed all the same.
process.stdout.on("error", () => interrupted.abort());
let fault: number | undefined;
const failedItself = (error: unknown) => {
  fault = 70;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The doctor failed: ${terminalLine(message)}\n`);
  // What was begun is removed, if that is still possible.
  interrupted.abort();
  setTimeout(() => process.exit(fault), removedWithinMs);
};
process.on("uncaughtException", failedItself);
process.on("unhandledRejection", failedItself);

// Whoever reads the lines may stop early, as `head` does.
process.stdout.on("error", () => interrupted.abort());
const write = (text: string) => void process.stdout.write(text);
const { env } = process;
const code = await doctor({ args: process.argv.slice(2), env, write, signal: interrupted.signal });
await endProcess(fault ?? (interrupted.signal.aborted ? 130 : code));
