import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

// No write takes as long.
const leftAfterMs = 60_000;

/**
 * Replaces a file as a whole: whoever reads it sees the old text or a new one, also after a power cut and with
 * several writers at once. A link stays a link. The file keeps its owner; a new one made by root gets the
 * owner of its folder, whose programs are to read it.
 * @throws what the system says, also of a link that leads nowhere.
 */
export function replaceFile(path: string, text: string, mode: number): void {
  const target = realPathOf(path);
  const folder = dirname(target);
  removeLeft(target);
  // A name of its own: two writers of one file would take each other's half for the whole.
  const beside = `${target}.${randomBytes(4).toString("hex")}.new`;
  const file = openSync(beside, "wx", mode);
  try {
    try {
      // Whatever the umask.
      fchmodSync(file, mode);
      writeFileSync(file, text);
      keepOwner(file, target, folder);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function realPathOf(path: string): string {
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  return isThere ? realpathSync(path) : path;
}

/** Removes what a run that was killed left beside the file. */
function removeLeft(target: string): void {
  const isLeft = new RegExp(`^${RegExp.escape(basename(target))}\\.[0-9a-f]{8}\\.new$`);
  for (const name of readdirSync(dirname(target))) {
    const path = join(dirname(target), name);
    if (!isLeft.test(name)) continue;
    const { mtimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && Date.now() - mtimeMs > leftAfterMs) rmSync(path, { force: true });
  }
}

function keepOwner(file: number, target: string, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } =
    statSync(target, { throwIfNoEntry: false }) ?? statSync(folder, { throwIfNoEntry: true });
  fchownSync(file, uid, gid);
}

function syncFolder(folder: string): void {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
