import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ParseError, parse } from "jsonc-parser";

/** opencode's folders on this machine, as it finds them (xdg-basedir). */
export interface OpencodeFolders {
  config: string;
  data: string;
  state: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

// opencode 1.18.33 reads the first three of its own folder, the last two of every other.
const globalFiles = ["config.json", "opencode.json", "opencode.jsonc"];
const folderFiles = ["opencode.json", "opencode.jsonc"];
const agentFolders = ["agent", "agents", "mode", "modes"];
// Settings of the machine's administrator, which opencode applies last.
const managedFolder = "/etc/opencode";
/** Stands for what cannot be read; it is no JSON. */
const unreadable = "{unreadable";

/** Where opencode keeps its settings, its database and its history with this environment. */
export function opencodeFolders(env: Environment): OpencodeFolders {
  const home = env["HOME"] || homedir();
  const of = (name: string, usual: string) => join(env[name] || join(home, usual), "opencode");
  return {
    config: of("XDG_CONFIG_HOME", ".config"),
    data: of("XDG_DATA_HOME", join(".local", "share")),
    state: of("XDG_STATE_HOME", join(".local", "state")),
  };
}

/**
 * Whether the operator's own settings of opencode ask for anything or deny it: the files of the user and
 * of the machine, and what the environment names. Files of projects and opencode's defaults do not count.
 * What cannot be read or parsed counts as asking. Settings that opencode fetches from the network are
 * not seen.
 */
export function asksOrDenies(env: Environment): boolean {
  const home = env["HOME"] || homedir();
  const { config } = opencodeFolders(env);
  const folders = [config, join(home, ".opencode"), managedFolder];
  if (env["OPENCODE_CONFIG_DIR"]) folders.push(env["OPENCODE_CONFIG_DIR"]);
  const files = [
    ...globalFiles.map((name) => join(config, name)),
    ...folders.flatMap((folder) => folderFiles.map((name) => join(folder, name))),
    ...(env["OPENCODE_CONFIG"] ? [env["OPENCODE_CONFIG"]] : []),
  ];
  return (
    files.some((path) => isStrict(textOf(path), settingsAsk)) ||
    folders.some(agentsAsk) ||
    isStrict(env["OPENCODE_CONFIG_CONTENT"], settingsAsk) ||
    isStrict(env["OPENCODE_PERMISSION"], isRestricting) ||
    // The form before JSON, which opencode turns into JSON at its next start.
    existsSync(join(config, "config"))
  );
}

function isStrict(text: string | undefined, asks: (value: unknown) => boolean): boolean {
  if (text === undefined || text.trim() === "") return false;
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  return errors.length > 0 || asks(value);
}

/** Looks at `permission` and `tools`, also those of one agent or mode, wherever they stand. */
function settingsAsk(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, inner]) => {
    if (name === "permission" || name === "tools") return isRestricting(inner);
    return settingsAsk(inner);
  });
}

/** A rule is `allow` or `true`, or a table of rules; anything else restricts, `{env:…}` included. */
function isRestricting(rules: unknown): boolean {
  if (rules === undefined || rules === null) return false;
  if (typeof rules === "object") return Object.values(rules).some(isRestricting);
  return rules !== "allow" && rules !== true;
}

/** The heads of Markdown agents are YAML, so their words are looked for instead. */
function agentsAsk(folder: string): boolean {
  return agentFolders.some((name) =>
    markdownIn(join(folder, name)).some((path) => {
      const text = textOf(path) ?? "";
      // As opencode takes it: behind a mark of the byte order, with anything after the dashes, and up to
      // the end where nothing closes it.
      const head = /^\uFEFF?---[^\n]*\n(.*?)(?:\n---|$)/s.exec(text)?.[1] ?? "";
      if (text === unreadable) return true;
      return /\b(permission|tools)\b/.test(head) && /\b(ask|deny|false|no|off)\b/i.test(head);
    }),
  );
}

function markdownIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name));
  } catch {
    // Its own path cannot be read as a file either.
    return [folder];
  }
}

/** Undefined where nothing is; what is there and cannot be read is no JSON. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : unreadable;
  }
}
