import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What `npm run pull` last said of itself. */
export interface FeederState {
  /** When it says something again at the latest, in milliseconds since the epoch; it has ended after that. */
  until: number;
  /** Why no update arrives now, in one line with the remedy; undefined while they do. */
  problem?: string | undefined;
}

const notRunning =
  "updates are not pulled; run npm run pull beside Switchboard, with the same .env";

const fileName = "pull.json";

/** Records how the feeder does, where Switchboard finds it. @throws what the system says. */
export function recordFeeder(dataDir: string, state: FeederState): void {
  const path = join(dataDir, fileName);
  writeFileSync(`${path}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Records that the feeder has ended. */
export function forgetFeeder(dataDir: string): void {
  rmSync(join(dataDir, fileName), { force: true });
}

/** Why updates are not pulled now, in one line; undefined when they are. Never throws. */
export function feederProblem(dataDir: string, now: number): string | undefined {
  const { until, problem } = readState(dataDir);
  return until < now ? notRunning : problem;
}

function readState(dataDir: string): FeederState {
  try {
    return JSON.parse(readFileSync(join(dataDir, fileName), "utf8")) as FeederState;
  } catch {
    // Not there, or not whole: it says nothing.
    return { until: 0 };
  }
}
