import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { Refusal } from "../errors.ts";
import { ByteBound } from "./byte-bound.ts";

/** Most bytes of a file a bot may send (Bot API, sending files). */
export const maxFileBytes = 50 * 1024 * 1024;

/** Most bytes of all files that wait to be sent. */
const maxWaitingBytes = 500 * 1024 * 1024;

/** A file that waits to be sent: a copy of ours, and the name the operator sees. */
export interface KeptFile {
  path: string;
  name: string;
  /** Its size, once it was written. */
  bytes: number;
  /** It is to be shown in the chat if it is a picture or a video, not only offered as a file; see `mediaOf`. */
  isShown?: boolean;
}

/**
 * Keeps copies of files until they are sent, so that the original may be deleted or changed at
 * once.
 */
export class KeptFiles {
  /** The bytes of all copies. */
  readonly bound = new ByteBound(
    maxWaitingBytes,
    () =>
      new Refusal(503, "Files wait to be sent, and there is no room for more. Try again later."),
  );
  #dir: string;
  #sizes = new Map<string, number>();

  /** `dir` is where the copies are; it is created when the first one is. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** A place for a new copy; the name is reduced to the visible end of its last part. */
  async place(name: string): Promise<KeptFile> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // grammY sends a name as it is, without quotes: a line break or a semicolon would end it. What changes the
    // order of characters would show another ending than the file has.
    const visible = basename(name)
      .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp};]/gu, " ")
      .slice(-128)
      .toWellFormed()
      .trim();
    return { path: join(this.#dir, randomUUID()), name: visible || "file", bytes: 0 };
  }

  /**
   * Writes a copy and resolves, once it is on disk, to the SHA-256 of its content. Its bytes count
   * in `bound` until the copy is dropped, and in `request`, that of the request it came with; those
   * that are `expected` count from the beginning.
   * @throws Refusal 400 when it is empty, 413 when it is larger than a bot may send, or that of a
   * bound; what `content` or the disk says. The caller drops the copy then.
   */
  async fill(
    copy: KeptFile,
    content: AsyncIterable<Uint8Array>,
    request: ByteBound,
    expected = 0,
  ): Promise<string> {
    const hash = createHash("sha256");
    let size = 0;
    this.#hold(copy, expected, request);
    const file = await open(copy.path, "w", 0o600);
    try {
      for await (const chunk of content) {
        if (size + chunk.length > maxFileBytes) {
          throw new Refusal(413, "A file is larger than 50 MB.");
        }
        size += chunk.length;
        this.#hold(copy, size, request);
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    if (size === 0) throw new Refusal(400, "An empty file cannot be sent.");
    await this.flush(copy);
    copy.bytes = size;
    return hash.digest("hex");
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
    if (!path.startsWith(this.#dir + sep)) return;
    await rm(path, { force: true });
    this.bound.release(this.#sizes.get(path) ?? 0);
    this.#sizes.delete(path);
  }

  /**
   * Removes the copies that are not in `needed`, as a crash may leave them, and counts the others;
   * call it at the start.
   */
  async sweep(needed: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    const paths = names.map((name) => join(this.#dir, name));
    await Promise.all(
      paths.map((path) => (needed.has(path) ? this.#count(path) : this.drop(path))),
    );
  }

  /** Counts a copy as one of so many bytes, unless it counts as more. */
  #hold({ path }: KeptFile, size: number, request: ByteBound): void {
    const held = this.#sizes.get(path) ?? 0;
    if (size <= held) return;
    request.take(size - held);
    this.bound.take(size - held);
    this.#sizes.set(path, size);
  }

  async #count(path: string): Promise<void> {
    if (this.#sizes.has(path)) return;
    const { size } = await stat(path);
    this.#sizes.set(path, size);
    this.bound.add(size);
  }
}
