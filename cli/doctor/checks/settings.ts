import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartError } from "../../../src/errors.ts";
import { checkWorkspace } from "../../../src/projects/workspace.ts";
import { type Check, failed, ok, skipped } from "../check.ts";
import { configOf } from "../context.ts";

/** Below this opencode, SQLite and what operators send soon find no room. */
const leastFreeBytes = 500 * 1024 * 1024;

// The rights of others to a file.
const others = 0o077;
// What is in DATA_DIR and tells secrets or messages.
const closedFiles = /^(reply-token|opencode-password|switchboard\.sqlite.*)$/;

/** The settings: `.env`, the environment, and where they point. */
export const settings: Check = {
  name: "settings",
  needs: [],
  run: (context) => {
    const { problems, envFiles, home, settings: config } = context;
    if (!config) {
      const faults = problems.map((problem) => problem.replace(/\.$/, "")).join(". ");
      const isNamed = faults.includes("npm run setup");
      return failed(isNamed ? `${faults}.` : `${faults}. Correct .env, or run npm run setup.`);
    }
    const { dataDir, workspaceDir } = config;
    try {
      checkWorkspace(workspaceDir, { dataDir, checkoutDir: home, envFiles: [...envFiles] });
    } catch (error) {
      if (error instanceof StartError) return failed(error.message);
      throw error;
    }
    return ok("complete");
  },
};

/** Whether other users of the machine can read `.env`. */
export const envFile: Check = {
  name: ".env",
  needs: [],
  after: ["settings"],
  run: ({ envFiles, settings: config }) => {
    const files = [...new Set(envFiles)].filter((path) => existsSync(path));
    const open = files.filter((path) => (statSync(path).mode & others) !== 0);
    if (open.length > 0) {
      return failed(
        `other users of this machine can read the bot token: chmod 600 ${quoted(open)}`,
      );
    }
    if (files.length === 0) {
      if (!config) return skipped("there is none yet: npm run setup makes it");
      return ok("there is none: the settings come from the environment");
    }
    return ok("only its owner can read it");
  },
};

/** Whether the data folder can be used, and only by its owner. */
export const dataDir: Check = {
  name: "DATA_DIR",
  needs: ["settings"],
  run: (context) => {
    const { dataDir: folder } = configOf(context);
    const state = statSync(folder, { throwIfNoEntry: false });
    if (!state) return skipped("not there yet: Switchboard makes it at its first start");
    if (!state.isDirectory()) return failed(`${folder} is not a folder: set DATA_DIR to one`);
    try {
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return failed(
        `this user cannot write ${folder}: run Switchboard and the doctor as its owner, or correct DATA_DIR`,
      );
    }
    const names = readdirSync(folder).filter((name) => closedFiles.test(name));
    const paths = [folder, ...names.map((name) => join(folder, name))];
    const isOpen = (path: string) => {
      const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
      return (mode & others) !== 0;
    };
    // A closed folder closes what is in it.
    if (!isOpen(folder)) return ok("only its owner can use it");
    return failed(
      `other users of this machine can use ${folder}: chmod 700 ${quoted([folder])}` +
        (paths.slice(1).some(isOpen) ? " (secrets in it could be read)" : ""),
    );
  },
};

/** Whether there is room for what comes. */
export const disk: Check = {
  name: "disk",
  needs: ["settings"],
  run: async (context) => {
    const { dataDir: data, workspaceDir } = configOf(context);
    const places = await Promise.all(
      Object.entries({ DATA_DIR: data, WORKSPACE_DIR: workspaceDir }).map(async ([name, path]) => ({
        name,
        free: await context.freeBytes(existing(path)),
      })),
    );
    const full = places.filter(({ free }) => free < leastFreeBytes);
    const words = (list: typeof places) =>
      list.map(({ name, free }) => `${inWords(free)} free for ${name}`).join(", ");
    if (full.length === 0) return ok(words(places));
    return failed(
      `only ${words(full)}: make room, or messages are soon refused (500 MB should be free)`,
    );
  },
};

/** The nearest folder that is there. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

function inWords(bytes: number): string {
  const gb = bytes / 1e9;
  return gb >= 10
    ? `${Math.round(gb)} GB`
    : gb >= 1
      ? `${gb.toFixed(1)} GB`
      : `${Math.round(bytes / 1e6)} MB`;
}

function quoted(paths: string[]): string {
  return paths
    .map((path) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
