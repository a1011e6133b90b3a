import { join, normalize, resolve } from "node:path";
import type { PermissionRequest } from "../opencode/client.ts";

// What opencode 1.18 reads at the start of a project or session, wherever it stands.
const loadedNames = new Set([
  "opencode.json",
  "opencode.jsonc",
  // The terminal's, with plugins that run in it.
  "tui.json",
  "tui.jsonc",
  "agents.md",
  "claude.md",
  "context.md",
]);
// Configuration with its agents, commands, tools, plugins and skills; the packages, programs and logins
// that opencode keeps; skills of other programs.
const loadedFolders =
  /(^|\/)(\.opencode|(\.config|\.cache|\.local\/(share|state)|etc|application support)\/opencode|\.(claude|agents)\/skills)\//;

/** Folders that the environment gives opencode for the usual ones. */
const baseFolders = ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];
/** Files and folders that it names besides. */
const namedPlaces = ["OPENCODE_CONFIG", "OPENCODE_CONFIG_DIR", "OPENCODE_TUI_CONFIG"];

/**
 * Whether opencode would load a file: a write to it changes what agents may do. The case does not
 * count, since some file systems do not tell it either. `env` names further places of its settings.
 */
export function isLoadedByOpencode(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const lower = normalize(path).toLowerCase();
  const name = lower.split("/").at(-1) ?? "";
  if (loadedNames.has(name) || loadedFolders.test(lower)) return true;
  const places = [
    ...baseFolders.map((base) => env[base] && join(env[base], "opencode")),
    ...namedPlaces.map((place) => env[place]),
  ];
  return places.some((place) => {
    const own = place && resolve(place).toLowerCase();
    return own && (lower === own || lower.startsWith(`${own}/`));
  });
}

/** A file that a request is about; patches name where they move it. */
export interface WrittenFile {
  path: string;
  movedTo: string | undefined;
  isDeleted: boolean;
}

/**
 * The files that an edit, a write or a patch is about. `metadata.filepath` is absolute but for a patch
 * (opencode 1.18): that lists its files apart, and joins their paths relative to the root of the
 * worktree, which is `/` outside of git.
 */
export function writtenFiles({ metadata, patterns }: PermissionRequest): WrittenFile[] {
  const { files, filepath } = metadata;
  const listed = Array.isArray(files) ? files.flatMap(fileOfPatch) : [];
  if (listed.length > 0) return listed;
  const paths = typeof filepath === "string" && filepath !== "" ? [filepath] : patterns;
  return paths.map((path) => ({ path, movedTo: undefined, isDeleted: false }));
}

function fileOfPatch(file: unknown): WrittenFile[] {
  // Tools of other makers ask in the same name.
  const { filePath, movePath, type } = (file ?? {}) as Record<string, unknown>;
  if (typeof filePath !== "string") return [];
  const movedTo = typeof movePath === "string" ? movePath : undefined;
  return [{ path: filePath, movedTo, isDeleted: type === "delete" }];
}

/** Whether a request writes to a file that opencode would load. */
export function changesAgents(request: PermissionRequest, directory: string | undefined): boolean {
  return writtenFiles(request)
    .flatMap(({ path, movedTo }) => [path, movedTo ?? path])
    .some((path) => isLoadedByOpencode(resolve(directory ?? "/", path)));
}
