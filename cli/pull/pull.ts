import { type Config, readConfig } from "../../src/config.ts";
import { armCrash } from "../../src/crash.ts";
import { ConfigError } from "../../src/errors.ts";
import { makeFolder } from "../../src/folder.ts";
import { forgetFeeder, recordFeeder } from "../../src/inbox/feeder-state.ts";
import { createLogger } from "../../src/log.ts";
import { Feeder } from "./feeder.ts";
import { createSource } from "./source.ts";
import { createHandOver } from "./webhook.ts";

/**
 * Pulls updates until the signal is aborted; resolves to the exit code, which is 1 only for settings that
 * cannot work. What they are goes to `tell`, one line each.
 */
export async function pull(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<number> {
  let config: Config;
  try {
    config = checked(readConfig(env));
    makeFolder(config.dataDir, 0o700);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [(error as Error).message];
    tell("Updates cannot be pulled:");
    for (const problem of problems) tell(`  - ${problem}`);
    return 1;
  }
  if (config.crashAt !== undefined) armCrash(config.crashAt);
  const { telegram, dataDir } = config;
  const log = createLogger(config.logLevel, [telegram.token, telegram.secret]);
  const feeder = new Feeder({
    source: createSource(telegram),
    handOver: createHandOver(localUrl(config.http), telegram.secret),
    report: (state) => recordFeeder(dataDir, state),
    log: log.child({ module: "pull" }),
  });
  await feeder.run(signal);
  forgetFeeder(dataDir);
  return 0;
}

function checked(config: Config): Config {
  const problems: string[] = [];
  if (config.receive !== "pull") {
    problems.push(
      "RECEIVE is webhook; set RECEIVE=pull and restart Switchboard, so that it deletes the webhook",
    );
  }
  if (config.http.port === 0) {
    problems.push("PORT is 0; set the port at which Switchboard is found");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Where a server that listens there is reached from this machine. */
export function localUrl({ host, port }: { host: string; port: number }): string {
  const reached = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}
