import { lstat, mkdir, open, readdir, realpath, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { uploadsName } from "../folder.ts";
import { partOf } from "../telegram/kept-file.ts";

const ignoreName = ".gitignore";

/** Somebody has put something else where the folder for files should be. */
export class FolderTaken extends Error {
  constructor() {
    super("the folder for files is not a folder");
    this.name = "FolderTaken";
  }
}

/**
 * Makes the folder for the files of a prompt, one for each prompt, and resolves to the path for a file of this name.
 * Git ignores it: a `.gitignore` is put into a new `uploads`, or, if the project has a folder of that name, only into
 * the prompt's own folder.
 * @throws FolderTaken, or what the system says.
 */
export async function placeFor(directory: string, promptId: number, name: string): Promise<string> {
  const uploads = join(directory, uploadsName);
  const folder = join(uploads, String(promptId));
  // Mostly it is there.
  const isNew = !(await isFolder(uploads)) && (await made(uploads));
  if (isNew) await ignoreIn(uploads);
  if (await made(folder)) {
    const isIgnored = isNew || (await isThere(join(uploads, ignoreName)));
    if (!isIgnored) await ignoreIn(folder);
  }
  return pathFor(directory, promptId, name);
}

/** The path that `placeFor` resolves to. */
export function pathFor(directory: string, promptId: number, name: string): string {
  return join(directory, uploadsName, String(promptId), name);
}

/** Resolves once the folder of a prompt that `placeFor` made is on disk. */
export async function flushUploads(directory: string): Promise<void> {
  await flush(join(directory, uploadsName));
}

/** Where the folder that `placeFor` made really is, unless the agent has put another in its place. */
export async function realFolder(directory: string, promptId: number): Promise<string> {
  return join(await realpath(directory), uploadsName, String(promptId));
}

/**
 * Removes a file that was written where `placeFor` said, any partial file that a crash left, and the folder if it is
 * empty then. A file that was moved away, or is in no folder of ours, is left alone.
 */
export async function removeFrom(path: string): Promise<void> {
  const folder = dirname(path);
  const uploads = dirname(folder);
  if (basename(uploads) !== uploadsName) return;
  if (!(await isFolder(uploads)) || !(await isFolder(folder))) return;
  for (const one of [path, partOf(path)]) {
    const stats = await lstat(one).catch(() => undefined);
    if (stats?.isFile()) await rm(one, { force: true });
  }
  const left = await readdir(folder);
  if (left.some((name) => name !== ignoreName)) return;
  await rm(join(folder, ignoreName), { force: true });
  await rmdir(folder);
}

/** Makes a folder that only this user can read; resolves to whether it is new. */
async function made(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // A link could lead anywhere.
    if (!(await isFolder(folder))) throw new FolderTaken();
    return false;
  }
}

async function ignoreIn(folder: string): Promise<void> {
  await writeFile(join(folder, ignoreName), "*\n", { flag: "wx", mode: 0o600 }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    },
  );
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** Flushes a folder: a new folder in it is on disk only then. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
