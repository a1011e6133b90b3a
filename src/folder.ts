import { mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** The folder in an agent's directory that files of operators are put into. */
export const uploadsName = "uploads";

/** The folder in which Linux lists the open files of the process. */
export const ownDescriptors = "/proc/self/fd";

/**
 * Makes a folder and those above it; one that is there stays as it is. Unlike Node's own `recursive`,
 * it ends where the system says "no such folder" of one whose parent is there, as in `/proc`.
 * @throws what the system says, with the path.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && isFolder(folder)) return;
    if (code !== "ENOENT" || isFolder(dirname(folder))) throw error;
    makeFolder(dirname(folder), mode);
    mkdirSync(folder, { mode });
  }
}

/** Whether a path is that folder or below it; both as the system resolves them. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The real path of what may not be there yet: that of the nearest folder above it, and the rest. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPath(above), path.slice(above.length));
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
