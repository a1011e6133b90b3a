import { chmodSync, mkdirSync, statSync } from "node:fs";
import type { Logger } from "../log.ts";

/**
 * Closes folders to other users of the machine and makes those that are missing. One that belongs to
 * somebody else, as a volume may, stays as it is and is named in the log.
 */
export function closeFolders(folders: readonly string[], log: Logger): void {
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
    } catch (error) {
      log.warn({ err: error, folder }, "other users of this machine may read a folder");
    }
  }
}
