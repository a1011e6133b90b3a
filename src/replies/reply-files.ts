import { chmod, copyFile, realpath, stat } from "node:fs/promises";
import { basename, resolve, sep } from "node:path";
import { Refusal } from "../errors.ts";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";

/** Most bytes of a file a bot may send (Bot API, sending files). */
export const maxFileBytes = 50 * 1024 * 1024;

/** Decides which files an agent may send, and keeps copies of those. */
export class ReplyFiles {
  #kept: KeptFiles;
  #roots: string[];

  /** Only files whose real path is inside one of `roots` are taken. */
  constructor(kept: KeptFiles, roots: string[]) {
    this.#kept = kept;
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
    const real = await realPathInside(path, roots);
    const info = await stat(real).catch(unreadable);
    if (!info.isFile()) throw new Refusal(400, "Only files can be sent, not folders.");
    if (info.size > maxFileBytes) throw new Refusal(413, "A file is larger than 50 MB.");
    if (info.size === 0) throw new Refusal(400, "An empty file cannot be sent.");
    const copy = await this.#kept.place(basename(path));
    try {
      await copyFile(real, copy.path).catch(unreadable);
      // The copy has the mode of the original, which may not allow writing.
      await chmod(copy.path, 0o600);
      await this.#kept.flush(copy);
      copy.bytes = info.size;
    } catch (error) {
      await this.#kept.drop(copy.path);
      throw error;
    }
    return copy;
  }
}

async function realPathInside(path: string, roots: string[]): Promise<string> {
  const outside = new Refusal(403, "A file is outside the folders that may be sent from.");
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    // Whether a file outside the roots exists must not be revealed.
    const isInside = roots.some((root) => path.startsWith(root + sep));
    throw isInside ? new Refusal(400, "A file does not exist.", { cause: error }) : outside;
  }
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
  if (realRoots.some((root) => real.startsWith(root + sep))) return real;
  throw outside;
}

/** Passes a fault of reading the agent's file on as a refusal, any other as it is. */
function unreadable(error: NodeJS.ErrnoException): never {
  const isItsOwn = error.code === "EACCES" || error.code === "ENOENT";
  throw isItsOwn ? new Refusal(400, "A file cannot be read.", { cause: error }) : error;
}
