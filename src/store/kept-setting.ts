import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

/**
 * One of the small facts in a store that another process may have open; undefined where there is none, or no
 * store, or it cannot be read now. It changes nothing, and waits for nobody.
 */
export function keptSetting(path: string, key: string): string | undefined {
  let database: DatabaseSync | undefined;
  try {
    const address = pathToFileURL(path);
    // Nobody has it open then; without this SQLite would leave two more files behind.
    if (!existsSync(`${path}-wal`)) address.search = "immutable=1";
    database = new DatabaseSync(address, { readOnly: true });
    const row = database.prepare("SELECT value FROM settings WHERE key = ?").get(key);
    const value = row?.["value"];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}
