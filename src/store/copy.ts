import {
  closeSync,
  fsyncSync,
  openSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { StartError } from "../errors.ts";

/** How many copies of before an upgrade are kept. */
const keptCopies = 3;

// More than any store has: read in one step, the copy shows one moment, whoever writes meanwhile. In several
// steps SQLite would begin anew at each change by another program (https://sqlite.org/c3ref/backup_finish.html).
const allPages = 2 ** 31 - 1;

/**
 * Copies the store of `path`, also while a Switchboard uses it, to a new file that only this user can read;
 * it needs no other file beside it. The file is there when it is complete and on disk, and not before.
 * @throws what SQLite or the system says; nothing is left behind.
 */
export async function copyStore(path: string, target: string): Promise<void> {
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    await copyDatabase(source, target);
  } finally {
    source.close();
  }
}

/**
 * Keeps a copy of a store of this schema beside it, like `switchboard.schema-28.sqlite`, and removes the oldest
 * ones of earlier upgrades. Resolves to its path.
 * @throws StartError when there is no room for it; the store is as it was.
 */
export async function keepUpgradeCopy(
  source: DatabaseSync,
  path: string,
  version: number,
): Promise<string> {
  const name = basename(path, ".sqlite");
  const target = join(dirname(path), `${name}.schema-${version}.sqlite`);
  try {
    await copyDatabase(source, target);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `The store cannot be upgraded, since no copy of it can be kept in DATA_DIR (${why}). Make room for one and start again; nothing was changed.`,
      { cause: error },
    );
  }
  removeOldCopies(dirname(path), name, basename(target));
  return target;
}

async function copyDatabase(source: DatabaseSync, target: string): Promise<void> {
  const partial = `${target}.partial`;
  removeAll(partial);
  try {
    // SQLite would make it readable for others, as far as the umask lets it.
    closeSync(openSync(partial, "wx", 0o600));
    await backup(source, partial, { rate: allPages });
    complete(partial);
    flush(partial);
    renameSync(partial, target);
    flush(dirname(target));
  } catch (error) {
    removeAll(partial);
    throw error;
  }
}

/** Makes the copy a single file, as one with a write-ahead log would not be, and looks at what was written. */
function complete(path: string): void {
  const copy = new DatabaseSync(path);
  try {
    copy.exec("PRAGMA journal_mode = DELETE");
    const verdict = Object.values(copy.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
    if (verdict !== "ok") throw new Error(`the copy is damaged: ${String(verdict)}`);
  } finally {
    copy.close();
  }
}

/** Returns once what was written to a file, or the names in a folder, are on disk. */
export function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function removeAll(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${path}${end}`, { force: true });
}

/** Removes all but the newest copies; the one that was just made is one of these, whatever the clock says. */
function removeOldCopies(folder: string, name: string, made: string): void {
  const isCopy = new RegExp(`^${RegExp.escape(name)}\\.schema-\\d+\\.sqlite$`);
  const copies = readdirSync(folder)
    .filter((entry) => entry !== made && isCopy.test(entry))
    .map((entry) => ({ path: join(folder, entry), at: lstatSync(join(folder, entry)).mtimeMs }))
    .toSorted((a, b) => b.at - a.at);
  for (const { path } of copies.slice(keptCopies - 1)) rmSync(path, { force: true });
}
