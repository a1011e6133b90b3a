import { basename, resolve } from "node:path";
import type { FileHandle } from "node:fs/promises";
import { Refusal } from "../errors.ts";
import { isWithin, realPath } from "../folder.ts";
import { ByteBound } from "../outbox/byte-bound.ts";
import { type KeptFile, type KeptFiles, maxFileBytes } from "../outbox/kept-files.ts";
import { fileRefused } from "./file-refusal.ts";
import { type Folder, readFolder, sizesIn } from "./folder-inside.ts";
import { type Fence, openFenced, openInside } from "./open-inside.ts";

const maxRequestBytes = 100 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/** Counts the bytes of the files of one request, at most 100 MB. */
export function requestBound(): ByteBound {
  return new ByteBound(
    maxRequestBytes,
    () => new Refusal(413, "The files of one message are larger than 100 MB."),
  );
}

/** What a path leads to: a folder with its entries, or a file and its size in bytes. */
export type Looked =
  | { kind: "folder"; folder: Folder; sizes: ReadonlyMap<string, number> }
  | { kind: "file"; path: string; size: number };

/** Decides which files may be sent, and keeps copies of those. */
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
   * Copies a file that was named; a relative path starts in the agent's directory, which counts
   * as one of the roots.
   * @throws FileRefusal when it is outside the roots, empty, too large, no file or cannot be read; the
   * refusal of a bound; what the disk says when it has no room for it.
   */
  async keep(named: string, directory?: string, bound = requestBound()): Promise<KeptFile> {
    const path = this.#pathOf(named, directory);
    const file = await openInside(path, this.#fence(directory));
    try {
      const { size } = await file.stat();
      if (size > maxFileBytes) throw fileRefused("too-large");
      if (size === 0) throw fileRefused("empty");
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

  /**
   * Looks at what was named, by the same rules: of a folder, one of the roots included, its entries, and the
   * sizes of those that `choose` takes.
   * @throws FileRefusal when it is outside the roots, neither file nor folder, or cannot be read
   */
  async look(
    named: string,
    directory: string | undefined,
    choose: (folder: Folder) => readonly string[],
  ): Promise<Looked> {
    const fence = this.#fence(directory);
    const opened = await openFenced(this.#pathOf(named, directory), fence);
    try {
      const { info, real: path } = opened;
      if (info.isFile()) return { kind: "file", path, size: info.size };
      if (!info.isDirectory()) throw fileRefused("no-file");
      const folder = await readFolder(opened, fence);
      return { kind: "folder", folder, sizes: await sizesIn(opened, choose(folder)) };
    } finally {
      await opened.file.close();
    }
  }

  #pathOf(named: string, directory: string | undefined): string {
    if (named.includes("\0")) throw fileRefused("missing");
    return resolve(directory ?? this.#roots[0] ?? "/", named);
  }

  #fence(directory: string | undefined): Fence {
    return { roots: this.#allowed(directory), secrets: this.#secrets };
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
