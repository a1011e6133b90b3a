import type { Flags } from "./flags.ts";
import type { Processes } from "./processes.ts";
import type { portState } from "./port.ts";
import type { Prompts } from "./prompts.ts";

/** What the set-up needs of its surroundings. */
export interface SetupOptions {
  prompts: Prompts;
  flags: Flags;
  /** The environment of the process. */
  env: Readonly<Record<string, string | undefined>>;
  /** The folder that `.env` stands in; relative paths in it begin there. */
  folder: string;
  processes: Processes;
  /** The checkout, whose `Caddyfile` and `deploy/` are used. */
  checkout: string;
  /** Where Caddy's configuration is; a test has another one. */
  caddyfile: string;
  isRoot: boolean;
  /** Whether systemd runs this machine. */
  hasSystemd: boolean;
  /** Aborted by Ctrl-C while something is written: the step in hand is finished, and no other begun. */
  signal: AbortSignal;
  /** Who listens on a port; a test says it, else it is looked up. */
  look?: typeof portState;
  /** Called before the first thing is written. */
  begin: () => void;
}
