import { randomBytes } from "node:crypto";
import type { File } from "grammy/types";
import { badRequest } from "./refusal.ts";

/** Bots can download at most 20 MB (SPEC, getFile). */
const maxDownload = 20 * 1024 * 1024;

/** A stored file; `size` may claim more than there are bytes, to play a file too big to fetch. */
export interface StoredFile {
  id: string;
  name: string;
  bytes: Buffer;
  size: number;
  path: string;
}

/** Files of all messages, by file id and by download path. */
export class Files {
  #byId = new Map<string, StoredFile>();
  #byPath = new Map<string, StoredFile>();

  /** Stores a file under a new id; `folder` is the first part of its path, such as `documents`. */
  add(folder: string, name: string, bytes: Buffer, size = bytes.length): StoredFile {
    const extension = /\.\w{1,10}$/.exec(name)?.[0] ?? "";
    const path = `${folder}/file_${this.#byId.size}${extension}`;
    const file = { id: randomBytes(24).toString("base64url"), name, bytes, size, path };
    this.#byId.set(file.id, file);
    this.#byPath.set(path, file);
    return file;
  }

  /** The file of that id, if there is one. */
  find(id: string): StoredFile | undefined {
    return this.#byId.get(id);
  }

  /** The bytes at a download path, if there are any. */
  download(path: string): Buffer | undefined {
    return this.#byPath.get(path)?.bytes;
  }

  /** What getFile answers. Throws for an unknown file and for one over 20 MB. */
  describe(id: string): File {
    const file = this.#byId.get(id);
    if (!file) throw badRequest("invalid file_id");
    if (file.size > maxDownload) throw badRequest("file is too big");
    return { ...identity(file), file_path: file.path };
  }
}

/** The fields by which a message names a file. */
export const identity = (file: StoredFile) => ({
  file_id: file.id,
  file_unique_id: file.id.slice(0, 16),
  file_size: file.size,
});
