import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/** The ending of the new file until it replaces the old one; a run that was killed may leave one behind. */
export const newSuffix = ".new";

/**
 * Replaces a file as a whole: whoever reads it sees the old text or the new one, also after a power cut.
 * A link stays a link. The file keeps its owner; a new one made by root gets the owner of its folder, whose
 * programs are to read it.
 * @throws what the system says.
 */
export function replaceFile(path: string, text: string, mode: number): void {
  const target = realPathOf(path);
  const folder = dirname(target);
  const beside = target + newSuffix;
  rmSync(beside, { force: true });
  try {
    const file = openSync(beside, "wx", mode);
    try {
      // Whatever the umask.
      fchmodSync(file, mode);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    keepOwner(beside, target, folder);
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function keepOwner(beside: string, target: string, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } =
    statSync(target, { throwIfNoEntry: false }) ?? statSync(folder, { throwIfNoEntry: true });
  chownSync(beside, uid, gid);
}

function syncFolder(folder: string): void {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
