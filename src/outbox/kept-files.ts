import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { basename, join, sep } from "node:path";

/** A file that waits to be sent: a copy of ours, and the name the operator sees. */
export interface KeptFile {
  path: string;
  name: string;
  /** Its size, once it was written. */
  bytes: number;
}

/**
 * Keeps copies of files until they are sent, so that the original may be deleted or changed at
 * once.
 */
export class KeptFiles {
  #dir: string;

  /** `dir` is where the copies are; it is created when the first one is. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** A place for a new copy; the name is reduced to the visible end of its last part. */
  async place(name: string): Promise<KeptFile> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // grammY sends a name as it is, without quotes: a line break or a semicolon would end it.
    const visible = basename(name)
      .replaceAll(/[\p{Cc};]/gu, " ")
      .slice(-128)
      .trim();
    return { path: join(this.#dir, randomUUID()), name: visible || "file", bytes: 0 };
  }

  /** Resolves once a copy is on disk: a reply is acknowledged only after that. */
  async flush({ path }: KeptFile): Promise<void> {
    const file = await open(path, "r+");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** Removes a copy that was sent or given up; a path from elsewhere is left alone. */
  async drop(path: string): Promise<void> {
    if (path.startsWith(this.#dir + sep)) await rm(path, { force: true });
  }

  /** Removes the copies that are not in `needed`, as a crash may leave them; call it at the start. */
  async sweep(needed: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    const left = names.map((name) => join(this.#dir, name)).filter((path) => !needed.has(path));
    await Promise.all(left.map((path) => this.drop(path)));
  }
}
