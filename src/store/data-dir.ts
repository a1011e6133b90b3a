import { chmodSync, statSync } from "node:fs";
import { makeFolder } from "../folder.ts";
import { DataDirLock } from "./sqlite.ts";

/**
 * Takes the data folder for this process, makes it when it is missing, and closes it to other users
 * of the machine, where that can be done: `isPrivate` tells. Before this, nothing of it may be written.
 * @throws StartError when another Switchboard has it, or nobody can; what the system says of the folder.
 */
export function openDataDir(dataDir: string): { lock: DataDirLock; isPrivate: boolean } {
  makeFolder(dataDir, 0o700);
  const isPrivate = isClosed(dataDir) || close(dataDir);
  return { lock: new DataDirLock(dataDir), isPrivate };
}

function isClosed(dataDir: string): boolean {
  return (statSync(dataDir).mode & 0o077) === 0;
}

function close(dataDir: string): boolean {
  try {
    chmodSync(dataDir, 0o700);
  } catch (error) {
    // The folder of another user, as a volume may be.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
  return isClosed(dataDir);
}
