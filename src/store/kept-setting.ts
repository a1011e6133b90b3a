import { DatabaseSync } from "node:sqlite";

/**
 * One of the small facts in a store that another process may have open; undefined where there is none, or no
 * store, or it cannot be read now. It changes nothing, and waits for nobody.
 */
export function keptSetting(path: string, key: string): string | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare("SELECT value FROM settings WHERE key = ?").get(key);
    const value = row?.["value"];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}
