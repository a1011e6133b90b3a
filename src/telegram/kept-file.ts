import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ownDescriptors } from "../folder.ts";
import { codeOf, DownloadError } from "./download-error.ts";

/** Where a file goes, and how large it may be. */
export interface DownloadOptions {
  /** Most bytes. */
  maxBytes: number;
  /** Its path in an existing folder. A file or link of that name is replaced. */
  target: string;
  /**
   * Where that folder really is: nothing is written to another one in its place. Any when undefined. It may be made
   * while Telegram is asked for the file; what a promise rejects with is thrown as it is.
   */
  folder?: string | Promise<string> | undefined;
}

const diskFull = new Set(["ENOSPC", "EDQUOT"]);

/** Where a file is while it is written: beside its target, under a name that no file of an operator gets. */
export function partOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.part`);
}

/** Writes a complete file or none. */
export async function keep(
  { target, folder, maxBytes }: DownloadOptions & { folder: string | undefined },
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  let held: FileHandle | undefined;
  try {
    held = await open(dirname(target), constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const place = join(await heldPath(held, dirname(target), folder), basename(target));
    const part = partOf(place);
    try {
      return await write({ part, place, held, maxBytes }, content);
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    if (error instanceof DownloadError) throw error;
    const code = codeOf(error);
    throw new DownloadError(diskFull.has(code) ? "disk full" : "not saved", code);
  } finally {
    await held?.close();
  }
}

/** A path to an open folder that leads to it alone, where the system has one: an agent may exchange what it is in. */
async function heldPath(
  { fd }: FileHandle,
  path: string,
  expected: string | undefined,
): Promise<string> {
  const held = join(ownDescriptors, `${fd}`);
  const linked = await readlink(held).catch(() => undefined);
  if (expected !== undefined && (linked ?? (await realpath(path))) !== expected) {
    throw new DownloadError("not saved", "another folder is in its place");
  }
  return linked === undefined ? path : held;
}

async function write(
  { part, place, held, maxBytes }: Writing,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  const file = await opened(part).catch(async (error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
    await rm(part, { force: true });
    return opened(part);
  });
  try {
    let size = 0;
    for await (const chunk of content) {
      size += chunk.length;
      if (size > maxBytes) throw new DownloadError("too large", `more than ${maxBytes} bytes`);
      await file.writeFile(chunk);
    }
    await rename(part, place);
    // A new name is on disk once its folder is. Nobody counts on the file before this is over, so that both are
    // written by one commit of the file system.
    await Promise.all([file.datasync(), held.sync()]).catch(async (error: unknown) => {
      await rm(place, { force: true });
      throw error;
    });
    return size;
  } finally {
    await file.close();
  }
}

/** Opens a new file: a link that somebody put there is not followed. */
function opened(part: string): Promise<FileHandle> {
  return open(part, "wx", 0o600);
}

interface Writing {
  part: string;
  place: string;
  /** The folder of both. */
  held: FileHandle;
  maxBytes: number;
}
