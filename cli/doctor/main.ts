import { endProcess } from "../../src/process-end.ts";
import { doctor } from "./doctor.ts";

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => interrupted.abort());
}
const failedItself = (error: unknown) => {
  process.stderr.write(
    `The doctor failed: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(70);
};
process.on("uncaughtException", failedItself);
process.on("unhandledRejection", failedItself);

// Whoever reads the lines may stop early, as `head` does.
process.stdout.on("error", () => interrupted.abort());
const write = (text: string) => void process.stdout.write(text);
const { env } = process;
const code = await doctor({ args: process.argv.slice(2), env, write, signal: interrupted.signal });
await endProcess(interrupted.signal.aborted ? 130 : code);
