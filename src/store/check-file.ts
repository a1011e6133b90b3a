import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../errors.ts";

// SQLite's result codes (https://sqlite.org/rescode.html).
const sqliteBusy = 5;

/**
 * Looks at the store's file before anything is written to it.
 * @throws StartError when it is damaged or another program holds it.
 */
export function checkFile(path: string): void {
  if (path === ":memory:" || !existsSync(path) || statSync(path).size === 0) return;
  let verdict: unknown;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      verdict = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
    } finally {
      database.close();
    }
  } catch (error) {
    if ((error as { errcode?: number }).errcode === sqliteBusy) {
      throw new StartError(`The store ${path} is in use by another program. End that first.`, {
        cause: error,
      });
    }
    throw damaged(path, error);
  }
  if (verdict !== "ok") throw damaged(path, verdict);
}

function damaged(path: string, cause: unknown): StartError {
  return new StartError(
    `The store ${path} is damaged; nothing was changed. Put back a copy of it, or move it away together with its -wal and -shm files to begin with an empty one.`,
    { cause },
  );
}
