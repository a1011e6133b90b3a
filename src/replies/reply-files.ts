import { basename, resolve } from "node:path";
import type { FileHandle } from "node:fs/promises";
import { Refusal } from "../errors.ts";
import { isWithin, realPath } from "../folder.ts";
import { ByteBound } from "../outbox/byte-bound.ts";
import { type KeptFile, type KeptFiles, maxFileBytes } from "../outbox/kept-files.ts";
import { openInside } from "./open-inside.ts";

const maxRequestBytes = 100 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/** Counts the bytes of the files of one request, at most 100 MB. */
export function requestBound(): ByteBound {
  return new ByteBound(
    maxRequestBytes,
    () => new Refusal(413, "The files of one message are larger than 100 MB."),
  );
}

/** Decides which files an agent may send, and keeps copies of those. */
export class ReplyFiles {
  #kept: KeptFiles;
  #roots: string[];
  #secrets: string[];

  /**
   * Only files that really are inside one of `roots` are taken, and none that is one of `secrets` or
   * in one of these folders.
   */
  constructor(kept: KeptFiles, roots: string[], secrets: string[] = []) {
    this.#kept = kept;
    // Once: an agent could replace a folder of its own by a link to another.
    this.#roots = roots.map(realPath);
    this.#secrets = secrets;
  }

  /**
   * Copies a file the agent named; a relative path starts in the agent's directory, which counts
   * as one of the roots.
   * @throws Refusal 403 when it is outside the roots, 400 when it is empty, no file or cannot be
   * read, 413 when it is too large; what the disk says when it has no room for it.
   */
  async keep(named: string, directory?: string, bound = requestBound()): Promise<KeptFile> {
    if (named.includes("\0")) throw new Refusal(400, "A file does not exist.");
    const path = resolve(directory ?? this.#roots[0] ?? "/", named);
    const file = await openInside(path, {
      roots: this.#allowed(directory),
      secrets: this.#secrets,
    });
    try {
      const { size } = await file.stat();
      if (size > maxFileBytes) throw new Refusal(413, "A file is larger than 50 MB.");
      const copy = await this.#kept.place(basename(path));
      await this.#kept.fill(copy, contentOf(file), bound, size).catch(async (error: unknown) => {
        await this.#kept.drop(copy.path);
        throw error;
      });
      return copy;
    } finally {
      await file.close();
    }
  }

  /** A directory inside a root adds nothing, and its agent could have replaced it by a link. */
  #allowed(directory: string | undefined): string[] {
    const adds = directory !== undefined && !this.#roots.some((root) => isWithin(directory, root));
    return adds ? [...this.#roots, realPath(directory)] : this.#roots;
  }
}

/** What a file holds from its beginning, as far as it goes while it is read. */
async function* contentOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
