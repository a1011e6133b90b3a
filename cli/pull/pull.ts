import { withCredentials } from "../../src/access/credentials.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { armCrash } from "../../src/crash.ts";
import { ConfigError } from "../../src/errors.ts";
import { makeFolder } from "../../src/folder.ts";
import { forgetFeeder, recordFeeder } from "../../src/inbox/feeder-state.ts";
import { createLogger } from "../../src/log.ts";
import { terminalLine } from "../../src/terminal-text.ts";
import { reachedHost } from "../local-url.ts";
import { Feeder } from "./feeder.ts";
import { createSource } from "./source.ts";
import { createHandOver } from "./webhook.ts";

// EX_CONFIG of sysexits.h: its unit is not started again before somebody has changed the settings.
const wrongSettings = 78;

/**
 * Pulls updates until the signal is aborted; resolves to the exit code: 0, 78 for settings that cannot work,
 * 1 for a folder that cannot be used. What has to be fixed goes to `tell`, one line each.
 */
export async function pull(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<number> {
  let config: Config;
  try {
    config = checked(readConfig(withCredentials(env)));
    makeFolder(config.dataDir, 0o700);
  } catch (error) {
    const isSettings = error instanceof ConfigError;
    const problems = isSettings ? error.problems : [(error as Error).message];
    tell("Updates cannot be pulled:");
    for (const problem of problems) tell(`  - ${terminalLine(problem)}`);
    return isSettings ? wrongSettings : 1;
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
    problems.push("PORT is 0; set the port that Switchboard listens on");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Where a server that listens there is reached from this machine. */
export function localUrl({ host, port }: { host: string; port: number }): string {
  return `http://${reachedHost(host)}:${port}`;
}
