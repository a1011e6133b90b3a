import { chmodSync, mkdirSync } from "node:fs";
import { DataDirLock } from "./store/lock.ts";

/**
 * Takes the data folder for this process, makes it when it is missing, and closes it to other users
 * of the machine, however it came to be. Before this, nothing of it may be written.
 * @throws StartError when another Switchboard has it.
 */
export function openDataDir(dataDir: string): DataDirLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  return new DataDirLock(dataDir);
}
