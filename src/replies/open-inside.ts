import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Refusal } from "../errors.ts";
import { isWithin, realPath } from "../folder.ts";

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
 * @throws Refusal 403 when it is outside, 400 when it cannot be read or is no file.
 */
export async function openInside(
  path: string,
  fence: Fence,
  descriptors = "/proc/self/fd",
): Promise<FileHandle> {
  const real = await realpath(path).catch(async (error: unknown) => {
    // Whether a file outside the roots exists must not be revealed.
    if (!(await leadsInside(path, fence.roots))) throw outside();
    throw new Refusal(400, "A file does not exist.", { cause: error });
  });
  await check(real, fence);
  const file = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(refuse);
  try {
    const info = await file.stat();
    await check(await whereIs(file, info, real, descriptors), fence);
    if (!info.isFile()) throw notAFile();
    // A hard link is another name of a secret file, in a folder that may be sent from.
    if (info.nlink > 1 && (await isOneOf(info, fence.secrets))) throw outside();
    return file;
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
  const isInside = roots.some((root) => real !== root && isWithin(real, root));
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
  if (error.code === "ENXIO" || error.code === "ENODEV") throw notAFile();
  if (!["EACCES", "ENOENT", "ENOTDIR"].includes(error.code ?? "")) throw error;
  throw new Refusal(400, "A file cannot be read.", { cause: error });
}

function outside(): Refusal {
  return new Refusal(403, "A file is outside the folders that may be sent from.");
}

function notAFile(): Refusal {
  return new Refusal(400, "Only files can be sent, not folders or devices.");
}
