import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { buildApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { armCrash } from "./crash.ts";
import { ConfigError, StartError } from "./errors.ts";
import { isStoreFault } from "./store/store.ts";

// Supervisors wait longer. What has not ended by then is continued at the next start.
const closeWithinMs = 10_000;

/** What the process is given. */
export interface Given {
  env: NodeJS.ProcessEnv;
  /** Whether the environment that the system shows of this process has secrets in it. */
  isExposed: boolean;
  /** The umask that the process was started with. */
  agentUmask: number;
}

/**
 * Runs Switchboard until SIGTERM or SIGINT; agents and the opencode server go on. What the operator has
 * to fix before it can start goes to standard error, and ends the process with code 1.
 */
export async function serve(given: Given): Promise<void> {
  try {
    await run(given);
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    process.stderr.write("Switchboard cannot start:\n");
    for (const problem of problems) process.stderr.write(`  - ${problem}\n`);
    process.exit(1);
  }
}

async function run({ env, isExposed, agentUmask }: Given): Promise<void> {
  const config = { ...readConfig(env), agentUmask };
  const asked = stopAsked();
  if (config.crashAt !== undefined) armCrash(config.crashAt);
  const app = await buildApp(config);
  if (isExposed) app.log.warn(exposed);
  const address = await app.listen({ host: config.http.host, port: config.http.port });
  // The agent's side reads it for each call, so a restart on another port does no harm.
  writeFileSync(join(config.dataDir, "reply-url"), `${address}\n`);
  await asked;
  await close(app);
  process.exit(0);
}

/** Resolves at the first signal to stop, also one that comes during the start; later ones do nothing. */
async function stopAsked(): Promise<void> {
  const signals = ["SIGTERM", "SIGINT"];
  for (const name of signals) process.on(name, () => undefined);
  await Promise.race(signals.map((name) => once(process, name)));
}

async function close(app: FastifyInstance): Promise<void> {
  const late = setTimeout(() => {
    app.log.warn("work in hand did not end in time; the next start takes it up");
    void app.store.close().finally(() => process.exit(0));
  }, closeWithinMs);
  try {
    await app.close();
  } catch (error) {
    app.log.error({ err: error }, "could not close cleanly");
    process.exit(1);
  }
  clearTimeout(late);
}

const exposed =
  "programs of this user can read the bot token in the environment of this process; put it into .env";

const storeUnusable =
  "The store in DATA_DIR cannot be used now: the disk is full, or another program holds it. " +
  "Fix that and start again; nothing is lost.";

/** What the operator has to fix, one line each; undefined for a fault of our own. */
function problemsOf(error: unknown): string[] | undefined {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof StartError) return [error.message];
  if (isStoreFault(error)) return [storeUnusable];
  // A folder that cannot be used, a port that is taken: the system's own words name it.
  return error instanceof Error && "syscall" in error ? [error.message] : undefined;
}
