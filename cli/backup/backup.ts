import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { makeFolder } from "../../src/folder.ts";
import { copyStore, flush } from "../../src/store/copy.ts";
import { storeName } from "../../src/store/sqlite.ts";

/** The secrets that other programs know: those that a restore would otherwise make anew. */
const secrets = ["reply-token", "opencode-password"];
/** The folder of files that wait to be sent, which rows of the store name. */
const waiting = "outgoing";

const unfinished = ".partial";
const backupName = /^switchboard-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.partial)?$/;

/** Everything that a backup holds; the rest of `DATA_DIR` is made anew at each start. */
export const backedUp = [storeName, ...secrets, waiting];

/** What to back up, and where to. */
export interface BackupOptions {
  dataDir: string;
  /** The folder of all backups; made when it is missing. */
  target: string;
  /** How many backups are kept there, the newest. */
  keep: number;
  now: Date;
}

/**
 * Copies `DATA_DIR` to a folder of its own below `target`, named by the time, also while Switchboard runs; as it
 * is, that folder can be the `DATA_DIR` of a Switchboard. It is there when it is complete and on disk, not before.
 * Resolves to its path.
 * @throws NoStore when there is nothing to back up; what SQLite or the system says.
 */
export async function backUp({ dataDir, target, keep, now }: BackupOptions): Promise<string> {
  const store = join(dataDir, storeName);
  if (!existsSync(store)) throw new NoStore(store);
  const path = join(target, `switchboard-${now.toISOString().slice(0, 19).replaceAll(":", "-")}`);
  const partial = `${path}${unfinished}`;
  makeFolder(target, 0o700);
  makeNew(path, partial);
  try {
    // The store first: a file that goes meanwhile has been sent, and one that comes has no row in the copy.
    await copyStore(store, join(partial, storeName));
    for (const name of secrets) copyIfThere(join(dataDir, name), join(partial, name));
    copyFiles(join(dataDir, waiting), join(partial, waiting));
    flush(partial);
    renameSync(partial, path);
    flush(target);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
  removeOld(target, basename(path), keep, now);
  return path;
}

/** Two backups of one second must not write to the same folder. @throws when there is one. */
function makeNew(path: string, partial: string): void {
  try {
    mkdirSync(partial, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(`another backup is being made at ${partial}; run it again.`, { cause: error });
  }
  if (!existsSync(path)) return;
  rmSync(partial, { recursive: true });
  throw new Error(`another backup was made at ${path} in this second; run it again.`);
}

/** There is no store where one is looked for. */
export class NoStore extends Error {
  constructor(path: string) {
    super(`there is no store at ${path}; run this in Switchboard's folder, with its DATA_DIR.`);
    this.name = "NoStore";
  }
}

function copyFiles(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { mode: 0o700 });
  // Nothing else is ever put there; a link might lead to what never ends.
  const files = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files) copyIfThere(join(from, name), join(to, name));
  flush(to);
}

function copyIfThere(from: string, to: string): void {
  try {
    // Where the file system can share the content, nothing is copied.
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    flush(to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Removes all but the newest backups; the one that was just made is one of these, whatever the clock says. */
function removeOld(target: string, made: string, keep: number, now: Date): void {
  const names = readdirSync(target).filter((name) => backupName.test(name));
  const others = names.filter((name) => name !== made && !name.endsWith(unfinished));
  const old = others
    .toSorted()
    .toReversed()
    .slice(keep - 1);
  // What a backup left behind that was killed; one that still runs is younger.
  const left = names.filter((name) => name.endsWith(unfinished) && isLeft(join(target, name), now));
  for (const name of [...old, ...left])
    rmSync(join(target, name), { recursive: true, force: true });
}

function isLeft(path: string, now: Date): boolean {
  const { mtimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
  return mtimeMs !== undefined && now.getTime() - mtimeMs > 24 * 60 * 60 * 1000;
}
