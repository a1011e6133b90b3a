import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isWithin, ownDescriptors, realPath } from "../folder.ts";
import { fileRefused } from "./file-refusal.ts";

/** Where files may be opened; all paths are absolute. */
export interface Fence {
  /** Folders as the system resolves them; a file has to be in one of them. */
  roots: string[];
  /** Folders and files of Switchboard's own; nothing of them is opened, whatever root they are in. */
  secrets: string[];
}

// A FIFO or a device must not hold the open, and what became a symlink is not followed.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Opens a file inside the fence for reading. What counts is where the opened file is, not where its
 * path led before, so a file or folder that is exchanged meanwhile opens nothing else.
 * @throws FileRefusal when it is outside, cannot be read, or is no file.
 */
export async function openInside(
  path: string,
  fence: Fence,
  descriptors = ownDescriptors,
): Promise<FileHandle> {
  const { file, info, real } = await openFenced(path, fence, descriptors);
  try {
    if (fence.roots.includes(real)) throw outside();
    if (info.isDirectory()) throw fileRefused("folder");
    if (!info.isFile()) throw fileRefused("no-file");
    // A hard link is another name of a secret file, in a folder that may be sent from.
    if (info.nlink > 1 && (await isOneOf(info, fence.secrets))) throw outside();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Something inside the fence that is open, and where it really is. */
export interface Fenced {
  file: FileHandle;
  info: Stats;
  real: string;
}

/**
 * Opens what is inside the fence, one of its roots included, whatever it is; the caller closes it.
 * @throws FileRefusal when it is outside or cannot be read
 */
export async function openFenced(
  path: string,
  fence: Fence,
  descriptors = ownDescriptors,
): Promise<Fenced> {
  const real = await realpath(path).catch(async (error: unknown) => {
    // Whether a file outside the roots exists must not be revealed.
    if (!(await leadsInside(path, fence.roots))) throw outside();
    throw fileRefused("missing", { cause: error });
  });
  await check(real, fence);
  const file = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(refuse);
  try {
    const info = await file.stat();
    const now = await whereIs(file, info, real, descriptors);
    await check(now, fence);
    return { file, info, real: now };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Where an open file really is. Linux tells by its descriptor. Elsewhere the path is looked up once
 * more and has to lead to the same file: an exchange has to be undone between two calls to be missed.
 */
async function whereIs(
  file: FileHandle,
  { dev, ino }: Stats,
  path: string,
  descriptors: string,
): Promise<string> {
  try {
    return await readlink(join(descriptors, String(file.fd)));
  } catch {
    const again = await realpath(path).catch(() => "");
    const now = await lstat(again).catch(() => undefined);
    if (now?.dev !== dev || now.ino !== ino) throw outside();
    return again;
  }
}

/** Whether a path that leads to nothing leads there inside the roots: the part of it that is there. */
async function leadsInside(path: string, roots: string[]): Promise<boolean> {
  let there = path;
  while (!(await lstat(there).catch(() => undefined))) there = dirname(there);
  // A link that leads to nothing has no real path.
  const real = await realpath(there).catch(() => undefined);
  return real !== undefined && roots.some((root) => isWithin(real, root));
}

async function check(real: string, { roots, secrets }: Fence): Promise<void> {
  const isSecret = secrets.some((secret) => isWithin(real, realPath(secret)));
  const isInside = roots.some((root) => isWithin(real, root));
  if (isSecret || !isInside) throw outside();
}

/** Whether it is one of these files, or one directly in one of these folders. */
async function isOneOf({ dev, ino }: Stats, secrets: string[]): Promise<boolean> {
  for (const secret of secrets) {
    const names = await readdir(secret).catch(() => []);
    for (const path of [secret, ...names.map((name) => join(secret, name))]) {
      const own = await stat(path).catch(() => undefined);
      if (own?.dev === dev && own.ino === ino) return true;
    }
  }
  return false;
}

/** Passes a fault of opening the agent's file on as a refusal, any other as it is. */
function refuse(error: NodeJS.ErrnoException): never {
  // It became a symlink since, or a socket or a device without a driver is there.
  if (error.code === "ELOOP") throw outside();
  if (error.code === "ENXIO" || error.code === "ENODEV") throw fileRefused("no-file");
  if (!["EACCES", "ENOENT", "ENOTDIR"].includes(error.code ?? "")) throw error;
  throw fileRefused("unreadable", { cause: error });
}

function outside(): Error {
  return fileRefused("outside");
}
