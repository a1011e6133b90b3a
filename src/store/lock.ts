import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../errors.ts";

/**
 * Keeps a second Switchboard away from a data folder. The lock is a lock of the operating system on
 * a small SQLite file, so it ends with the process, however that ends.
 */
export class DataDirLock {
  #database: DatabaseSync;

  /**
   * Takes the lock and notes who has it.
   * @throws StartError that names the process that has it.
   */
  constructor(dataDir: string) {
    const holderPath = join(dataDir, "holder");
    this.#database = new DatabaseSync(join(dataDir, "lock.sqlite"), { timeout: 0 });
    try {
      this.#database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      this.#database.close();
      throw new StartError(
        `Another Switchboard (${holder(holderPath)}) uses this DATA_DIR. Stop it first, or set another DATA_DIR and another bot.`,
        { cause: error },
      );
    }
    writeFileSync(holderPath, `process ${process.pid}\n`);
  }

  /** Lets go; safe to call twice. */
  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function holder(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "of which nothing is noted";
  }
}
