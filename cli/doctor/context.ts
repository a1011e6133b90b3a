import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { withCredentials } from "../../src/access/credentials.ts";
import { type Config, isLoopbackUrl, readConfig } from "../../src/config.ts";
import { ConfigError } from "../../src/errors.ts";
import { scrubber } from "../../src/log.ts";
import { checkout, ownEnvFiles } from "../../src/projects/workspace.ts";
import type { TmuxOptions } from "../../src/tmux/client.ts";
import { Tmux, type TmuxServer } from "../../src/tmux/tmux.ts";
import { type ToolsOptions, type ToolVersion, toolVersions } from "../../src/host/versions.ts";

/** What all checks share. */
export interface Context {
  /** The settings; undefined where they are wrong, and `problems` says how. */
  settings: Config | undefined;
  problems: readonly string[];
  env: NodeJS.ProcessEnv;
  /** The version of Node that runs. */
  node: string;
  /** Switchboard's own folder. */
  home: string;
  envFiles: readonly string[];
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Bytes that this user may still write in the file system of a folder. */
  freeBytes: (folder: string) => Promise<number>;
  toolVersions: (
    options: ToolsOptions,
    only: readonly ToolVersion["name"][],
  ) => Promise<ToolVersion[]>;
  /** The tmux server of the agents. */
  tmux: (options: TmuxOptions) => TmuxServer;
  /** For how many milliseconds something that may just be starting is tried again before it counts as down. */
  patienceMs: number;
  /** Certificates that are trusted besides those of Node. */
  ca: string | undefined;
  /** Takes the secrets out of a text. */
  scrub: (text: string) => string;
  /** Each removes what a check has made; all are called at the end, also after an interruption. */
  closers: (() => Promise<void>)[];
}

// opencode takes up to five on a small machine, Switchboard one.
const usualPatienceMs = 8000;

/** The context of a process with this environment. Reads files, and changes nothing. */
export function contextOf(env: NodeJS.ProcessEnv): Context {
  const { settings, problems } = settingsOf(env);
  const kept = settings ? ["reply-token", "opencode-password"] : [];
  const secrets = [
    env["TELEGRAM_BOT_TOKEN"],
    env["REPLY_TOKEN"],
    env["OPENCODE_SERVER_PASSWORD"],
    env["STT_API_KEY"],
    env["TTS_API_KEY"],
    env["TELEGRAM_WEBHOOK_SECRET"],
    settings?.telegram.secret,
    ...kept.map((name) => textOf(join(settings?.dataDir ?? "", name))),
  ];
  return {
    settings,
    problems,
    env,
    node: process.versions.node,
    home: checkout,
    envFiles: ownEnvFiles(),
    now: Date.now,
    freeBytes,
    toolVersions,
    tmux: (options) => new Tmux(options),
    patienceMs: usualPatienceMs,
    ca: undefined,
    scrub: scrubber(secrets),
    closers: [],
  };
}

/** The settings, for a check that needs `settings`. */
export function configOf({ settings }: Context): Config {
  if (!settings) throw new Error("the settings are wrong");
  return settings;
}

/** The login of opencode's server: what is set, else what Switchboard made for the one on this machine. */
export function opencodeLogin(context: Context) {
  const { opencode, dataDir } = configOf(context);
  const isLocal = isLoopbackUrl(opencode.url);
  const kept = isLocal ? textOf(join(dataDir, "opencode-password")) : undefined;
  return { username: opencode.username, password: opencode.password ?? kept };
}

function settingsOf(env: NodeJS.ProcessEnv): Pick<Context, "settings" | "problems"> {
  try {
    return { settings: readConfig(withCredentials(env)), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { settings: undefined, problems: error.problems };
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
