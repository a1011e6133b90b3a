import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, open, readdir, realpath, rm, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { Refusal } from "../errors.ts";

/** Most bytes of a file a bot may send (Bot API, sending files). */
export const maxFileBytes = 50 * 1024 * 1024;

/** A file that waits to be sent: a copy of ours, and the name the operator sees. */
export interface KeptFile {
  path: string;
  name: string;
}

/**
 * Keeps copies of the files of replies until they are sent, so that the agent may delete or change
 * its own at once.
 */
export class ReplyFiles {
  #dir: string;
  #roots: string[];

  /** `dir` is where copies go; only files whose real path is inside one of `roots` are taken. */
  constructor(dir: string, roots: string[]) {
    this.#dir = dir;
    this.#roots = roots;
  }

  /**
   * Copies a file the agent named; a relative path starts in the agent's directory, which counts
   * as one of the roots.
   * @throws Refusal 403 when its real path is outside the roots, 400 when it cannot be read or is
   * no file, 413 when it is too large; what the disk says when it has no room for it.
   */
  async keep(named: string, directory?: string): Promise<KeptFile> {
    const roots = directory === undefined ? this.#roots : [...this.#roots, directory];
    const path = resolve(directory ?? this.#roots[0] ?? "/", named);
    const real = await this.#inside(path, roots);
    const info = await stat(real).catch(unreadable);
    if (!info.isFile()) throw new Refusal(400, "Only files can be sent, no folders.");
    if (info.size > maxFileBytes) throw new Refusal(413, "A file is larger than 50 MB.");
    if (info.size === 0) throw new Refusal(400, "An empty file cannot be sent.");
    const kept = await this.place(basename(path));
    try {
      await copyFile(real, kept.path).catch(unreadable);
      // The copy has the mode of the original, which may be one that nobody can open to write.
      await chmod(kept.path, 0o600);
      await this.settle(kept);
    } catch (error) {
      await this.drop(kept.path);
      throw error;
    }
    return kept;
  }

  /** Resolves once a copy is on disk: the answer that a reply is accepted stands on it too. */
  async settle({ path }: KeptFile): Promise<void> {
    const file = await open(path, "r+");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** A place for a file that is uploaded; the name is reduced to the visible end of its last part. */
  async place(name: string): Promise<KeptFile> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // grammY sends a name as it is, without quotes: a line break or a semicolon would end it.
    const visible = basename(name)
      .replaceAll(/[\p{Cc};]/gu, " ")
      .slice(-128)
      .trim();
    return { path: join(this.#dir, randomUUID()), name: visible || "file" };
  }

  /** Removes a copy that was sent or given up. */
  async drop(path: string): Promise<void> {
    if (path.startsWith(this.#dir + sep)) await rm(path, { force: true });
  }

  /** Removes the copies that nothing owes any more, as a crash may leave them; call it at the start. */
  async sweep(owed: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    const left = names.map((name) => join(this.#dir, name)).filter((path) => !owed.has(path));
    await Promise.all(left.map((path) => this.drop(path)));
  }

  async #inside(path: string, roots: string[]): Promise<string> {
    const outside = new Refusal(403, "A file is outside the folders that may be sent from.");
    let real: string;
    try {
      real = await realpath(path);
    } catch (error) {
      // Whether a file outside exists is nobody's business either.
      const isInside = roots.some((root) => path.startsWith(root + sep));
      throw isInside ? new Refusal(400, "A file does not exist.", { cause: error }) : outside;
    }
    const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
    if (realRoots.some((root) => real.startsWith(root + sep))) return real;
    throw outside;
  }
}

/** Passes a fault of reading the agent's file on as a refusal, any other as it is. */
function unreadable(error: NodeJS.ErrnoException): never {
  const isItsOwn = error.code === "EACCES" || error.code === "ENOENT";
  throw isItsOwn ? new Refusal(400, "A file cannot be read.", { cause: error }) : error;
}
