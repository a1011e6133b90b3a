import { normalize, resolve } from "node:path";
import type { PermissionRequest } from "../opencode/client.ts";

// What opencode 1.18 reads at the start of a project or session, wherever it stands.
const loadedNames = new Set([
  "opencode.json",
  "opencode.jsonc",
  "agents.md",
  "claude.md",
  "context.md",
]);
// Configuration with its agents, commands, tools, plugins and skills; skills of other programs.
const loadedFolders =
  /(^|\/)(\.opencode|\.config\/opencode|etc\/opencode|\.(claude|agents)\/skills)\//;

/**
 * Whether opencode would load a file: a write to it changes what agents may do. The case does not
 * count, since some file systems do not tell it either.
 */
export function isLoadedByOpencode(path: string): boolean {
  const lower = normalize(path).toLowerCase();
  const name = lower.split("/").at(-1) ?? "";
  return loadedNames.has(name) || loadedFolders.test(lower);
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
  if (Array.isArray(files) && files.length > 0) return files.flatMap(fileOfPatch);
  const paths = typeof filepath === "string" && filepath !== "" ? [filepath] : patterns;
  return paths.map((path) => ({ path, movedTo: undefined, isDeleted: false }));
}

function fileOfPatch(file: unknown): WrittenFile[] {
  const { filePath, movePath, type } = file as Record<string, unknown>;
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
