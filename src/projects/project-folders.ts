import { readdir, realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, join, relative, sep } from "node:path";
import { isWithin, uploadsName } from "../folder.ts";
import { gitFacts, type GitFacts } from "./git-folder.ts";

/** A folder that an agent can work in. */
export interface ProjectFolder extends GitFacts {
  /** In the workspace its path there, elsewhere its last part. */
  name: string;
  /** The absolute path, as the system resolves it. */
  directory: string;
}

/** Folders that agents can work in, by name. */
export interface ProjectList {
  projects: ProjectFolder[];
  /** Whether there are more than the 1,000 that are listed. */
  isCut: boolean;
}

/** Why a folder is not for an agent. */
export type FolderRefusal =
  | "empty"
  | "too-long"
  | "unprintable"
  | "dots"
  | "missing"
  | "ambiguous"
  | "not-a-folder"
  | "unreadable"
  | "hidden"
  | "outside"
  | "private";

/** What a folder that the operator named is. */
export type FolderOutcome =
  | { kind: "folder"; directory: string }
  | { kind: "refused"; reason: FolderRefusal };

/** Where agents may work. */
export interface Space {
  /** The workspace, as the system resolves it. */
  workspaceDir: string;
  /** Whether a folder is Switchboard's own, is in it or holds it. */
  isOwn: (directory: string) => boolean;
}

const mostProjects = 1000;
const mostLength = 1000;
// As many at a time as keep Node's threads busy, and leave them to others in between.
const atOnce = 100;

/**
 * The folders of the workspace, then those that opencode knows, each once by its real path. Hidden ones,
 * links that lead out, what is gone and what is Switchboard's own are left out.
 */
export async function listFolders(space: Space, known: readonly string[]): Promise<ProjectList> {
  const { workspaceDir } = space;
  const named = await readdir(workspaceDir, { withFileTypes: true }).catch(() => []);
  // What operators sent to an agent that works in the workspace itself is no project.
  const isHidden = (name: string) => name.startsWith(".") || name === uploadsName;
  const visible = named.filter(({ name }) => !isHidden(name)).toSorted(byName);
  const folders = visible.filter((entry) => entry.isDirectory());
  const links = visible.filter((entry) => entry.isSymbolicLink());
  // A link to a folder of the workspace is that folder, under its own name.
  const candidates = [
    ...[...folders, ...links].map(({ name }) => ({
      path: join(workspaceDir, name),
      isKnown: false,
    })),
    ...[...new Set(known)].map((path) => ({ path, isKnown: true })),
  ];
  const found = new Set<string>();
  for (let at = 0; at < candidates.length && found.size <= mostProjects; at += atOnce) {
    const some = candidates.slice(at, at + atOnce);
    const reals = await Promise.all(some.map(({ path }) => realFolder(path)));
    for (const [index, { directory }] of reals.entries()) {
      const isKnown = some[index]?.isKnown === true;
      if (directory === undefined) continue;
      if (refusalOf(space, directory, () => isKnown) === undefined) found.add(directory);
    }
  }
  const listed = [...found].slice(0, mostProjects);
  const projects: ProjectFolder[] = [];
  for (let at = 0; at < listed.length; at += atOnce) {
    const some = listed.slice(at, at + atOnce).map(async (directory) => ({
      name: nameOf(space, directory),
      directory,
      ...(await gitFacts(directory)),
    }));
    projects.push(...(await Promise.all(some)));
  }
  return { projects: projects.toSorted(byName), isCut: found.size > mostProjects };
}

/**
 * The folder that the operator named: relative to the workspace, absolute, or by the name of one that
 * opencode knows. `known` are absolute paths. Never rejects.
 */
export async function resolveFolder(
  space: Space,
  text: string,
  known: readonly string[],
): Promise<FolderOutcome> {
  const wrong = faultOf(text);
  if (wrong) return { kind: "refused", reason: wrong };
  const path = isAbsolute(text) ? text : join(space.workspaceDir, text);
  const { directory, fault } = await realFolder(path);
  if (fault === "missing" && !isAbsolute(text)) return byKnownName(space, text, known);
  if (fault) return { kind: "refused", reason: fault };
  const reason = refusalOf(space, directory, () => false);
  if (reason === undefined) return { kind: "folder", directory };
  const isKnown = reason !== "private" && (await realFolders(known)).has(directory);
  return isKnown ? { kind: "folder", directory } : { kind: "refused", reason };
}

/** The one folder that opencode knows by this name in the list. */
async function byKnownName(
  space: Space,
  text: string,
  known: readonly string[],
): Promise<FolderOutcome> {
  const wanted = text.replace(/\/+$/, "");
  const [directory, ...others] = [...(await realFolders(known))].filter(
    (one) => nameOf(space, one) === wanted && !space.isOwn(one),
  );
  if (directory === undefined) return { kind: "refused", reason: "missing" };
  if (others.length > 0) return { kind: "refused", reason: "ambiguous" };
  return { kind: "folder", directory };
}

async function realFolders(paths: readonly string[]): Promise<Set<string>> {
  const reals = await Promise.all([...new Set(paths)].map(realFolder));
  return new Set(reals.flatMap(({ directory }) => directory ?? []));
}

function faultOf(text: string): FolderRefusal | undefined {
  if (text.trim() === "") return "empty";
  if (text.length > mostLength) return "too-long";
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return "unprintable";
  return text.split(sep).includes("..") ? "dots" : undefined;
}

function refusalOf(
  { workspaceDir, isOwn }: Space,
  directory: string,
  isKnown: (directory: string) => boolean,
): FolderRefusal | undefined {
  if (isOwn(directory)) return "private";
  if (isKnown(directory)) return undefined;
  if (!isWithin(directory, workspaceDir)) return "outside";
  const isHidden = relative(workspaceDir, directory)
    .split(sep)
    .some((part) => part.startsWith("."));
  return isHidden ? "hidden" : undefined;
}

function nameOf({ workspaceDir }: Space, directory: string): string {
  const isBelow = directory !== workspaceDir && isWithin(directory, workspaceDir);
  return isBelow ? relative(workspaceDir, directory) : basename(directory);
}

type RealFolder =
  | { directory: string; fault?: undefined }
  | { directory?: undefined; fault: FolderRefusal };

/** The real path of a folder, or why there is none. */
async function realFolder(path: string): Promise<RealFolder> {
  try {
    if (!isAbsolute(path)) return { fault: "missing" };
    const directory = await realpath(path);
    return (await stat(directory)).isDirectory() ? { directory } : { fault: "not-a-folder" };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const faults: Record<string, FolderRefusal> = {
      ENOENT: "missing",
      ENOTDIR: "not-a-folder",
      ENAMETOOLONG: "too-long",
    };
    return { fault: faults[code] ?? "unreadable" };
  }
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : Number(one.name > other.name);
}
