import { lstat, opendir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ownDescriptors } from "../folder.ts";
import { fileRefused } from "./file-refusal.ts";
import type { Fence, Fenced } from "./open-inside.ts";

/** What is in a folder. */
export interface FolderEntry {
  name: string;
  /** A link is not followed: what it leads to is told when it is opened. */
  kind: "folder" | "file" | "link" | "other";
}

/** A folder inside the fence. */
export interface Folder {
  /** Where it really is. */
  path: string;
  /** The folder above it, where that may be looked at too. */
  up: string | undefined;
  /** Folders first, each kind by name. */
  entries: FolderEntry[];
  /** Entries beyond the most that are listed, or whose names are no UTF-8, are left out. */
  isCut: boolean;
}

const mostEntries = 10_000;
const noUtf8 = "\uFFFD";

/**
 * What is in an open folder, which is what is read even if another one takes its place meanwhile.
 * @throws FileRefusal when it cannot be read
 */
export async function readFolder(
  { file, real }: Fenced,
  { roots }: Fence,
  most = mostEntries,
): Promise<Folder> {
  const entries: FolderEntry[] = [];
  let isCut = false;
  const from = await heldPath(file.fd, real);
  const folder = await opendir(from).catch((error: unknown) => {
    throw fileRefused("unreadable", { cause: error });
  });
  for await (const entry of folder) {
    isCut ||= entries.length >= most || entry.name.includes(noUtf8);
    if (entries.length >= most) break;
    if (!entry.name.includes(noUtf8)) entries.push({ name: entry.name, kind: kindOf(entry) });
  }
  const isRoot = roots.includes(real);
  return { path: real, up: isRoot ? undefined : dirname(real), entries: sorted(entries), isCut };
}

/** The sizes in bytes of files in an open folder, by name; one that is gone, or is a link, has none. */
export async function sizesIn(
  { file, real }: Fenced,
  names: readonly string[],
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const from = await heldPath(file.fd, real);
  for (const name of names) {
    const info = await lstat(join(from, name)).catch(() => undefined);
    if (info?.isFile()) sizes.set(name, info.size);
  }
  return sizes;
}

/** A path to an open folder that leads to it alone, where the system has one. */
async function heldPath(descriptor: number, real: string): Promise<string> {
  const held = join(ownDescriptors, String(descriptor));
  return (await lstat(held).catch(() => undefined)) ? held : real;
}

function kindOf(entry: {
  isDirectory: () => boolean;
  isFile: () => boolean;
  isSymbolicLink: () => boolean;
}): FolderEntry["kind"] {
  if (entry.isDirectory()) return "folder";
  if (entry.isFile()) return "file";
  return entry.isSymbolicLink() ? "link" : "other";
}

function sorted(entries: FolderEntry[]): FolderEntry[] {
  const isBehind = ({ kind }: FolderEntry) => (kind === "folder" ? 0 : 1);
  return entries.toSorted(
    (a, b) => isBehind(a) - isBehind(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}
