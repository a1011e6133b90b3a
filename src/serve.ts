import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { withCredentials } from "./access/credentials.ts";
import { buildApp } from "./app.ts";
import { type Config, readConfig } from "./config.ts";
import { armCrash } from "./crash.ts";
import { ConfigError } from "./errors.ts";
import { ServiceManager } from "./notify.ts";
import { endProcess } from "./process-end.ts";
import { startProblems } from "./start-problems.ts";
import { isStoreFault } from "./store/store.ts";
import { version } from "./version.ts";

// Supervisors wait longer. What has not ended by then is continued at the next start.
const closeWithinMs = 10_000;

// Time for the store to close when something else did not.
const storeWithinMs = 500;

// EX_CONFIG of sysexits.h: the service is not started again before somebody has changed the settings.
const wrongSettings = 78;

/** The environment of the process. */
export interface Given {
  env: NodeJS.ProcessEnv;
  /** Whether the environment that the system shows of this process has secrets in it. */
  isExposed: boolean;
  /** The umask that the process was started with. */
  agentUmask: number;
}

let config: Config | undefined;
let app: FastifyInstance | undefined;
let isAskedToStop = false;

/**
 * Runs Switchboard until SIGTERM or SIGINT; agents and the opencode server go on. What the operator has
 * to fix before it can start goes to standard error, and ends the process with code 1, or 78 for settings.
 */
export async function serve(given: Given): Promise<void> {
  try {
    await run(given);
  } catch (error) {
    // A start that is stopped in the middle finds its store closed, for one.
    if (isAskedToStop && app) return close(app);
    const problems = isStoreFault(error) ? [storeUnusable] : startProblems(error, config);
    if (!problems) throw error;
    process.stderr.write("Switchboard cannot start:\n");
    for (const problem of problems) process.stderr.write(`  - ${problem}\n`);
    return endProcess(error instanceof ConfigError ? wrongSettings : 1);
  }
}

async function run({ env, isExposed, agentUmask }: Given): Promise<void> {
  // Node ignores this signal, so a write beyond a limit on the size of files fails as on a full disk. While execa runs
  // a program, it would end the process on this signal; afterwards the default of the system would.
  process.on("SIGXFSZ", () => undefined);
  config = { ...readConfig(withCredentials(env)), agentUmask };
  const asked = stopAsked();
  // From here, whatever hangs: the start, the work in hand or the close.
  void asked.then(() => setTimeout(() => void giveUp(), closeWithinMs));
  if (config.crashAt !== undefined) armCrash(config.crashAt);
  app = await buildApp(config);
  app.log.info({ version }, "Switchboard starts");
  if (isExposed) app.log.warn(exposed);
  const address = await app.listen({ host: config.http.host, port: config.http.port });
  // The agent's side reads it for each call, so a restart on another port does no harm.
  writeFileSync(join(config.dataDir, "reply-url"), `${address}\n`);
  const systemd = new ServiceManager(env);
  systemd.ready(`Switchboard ${version} listens at ${address}`);
  await asked;
  systemd.stopping();
  await close(app);
}

/** Resolves at the first signal to stop, also one that comes during the start; later ones do nothing. */
async function stopAsked(): Promise<void> {
  const signals = ["SIGTERM", "SIGINT"];
  for (const name of signals) process.on(name, () => undefined);
  await Promise.race(signals.map((name) => once(process, name)));
  isAskedToStop = true;
}

async function close(running: FastifyInstance): Promise<void> {
  try {
    await running.close();
  } catch (error) {
    running.log.error({ err: error }, "could not close cleanly");
    return endProcess(1);
  }
  return endProcess(0);
}

async function giveUp(): Promise<void> {
  app?.log.warn("work in hand did not end in time; the next start takes it up");
  const closed = app?.store.close().catch(() => undefined);
  await Promise.race([closed, pause(storeWithinMs)]);
  return endProcess(0);
}

const exposed =
  "programs of this user can read the bot token in the environment of this process; put it into .env";

const storeUnusable =
  "The store in DATA_DIR cannot be used now: the disk is full, its file system has no locks, or " +
  "another program holds it. Fix that and start again; nothing is lost.";
