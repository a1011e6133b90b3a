import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { InputFile } from "grammy/web";

/** A file of ours anywhere in a payload: `{ path, name }`, read when the call is made. */
export interface FileToSend {
  path: string;
  name: string;
}

/** The files that a payload sends, in order. */
export function filesIn(payload: unknown): FileToSend[] {
  if (typeof payload !== "object" || payload === null) return [];
  return isFile(payload) ? [payload] : Object.values(payload).flatMap(filesIn);
}

/** The payload as grammY uploads it. */
export function withUploads(payload: Record<string, unknown>): Record<string, unknown> {
  return uploaded(payload) as Record<string, unknown>;
}

/** The bytes of files together; one that is gone has none. */
export async function sizeOf(files: readonly FileToSend[]): Promise<number> {
  let size = 0;
  for (const { path } of files) {
    const found = await stat(path).catch(() => undefined);
    size += found?.size ?? 0;
  }
  return size;
}

function uploaded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uploaded);
  if (typeof value !== "object" || value === null) return value;
  if (isFile(value)) return new InputFile(bytesOf(value.path), value.name);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, uploaded(one)]));
}

function isFile(value: object): value is FileToSend {
  const { path, name } = value as Partial<Record<keyof FileToSend, unknown>>;
  return typeof path === "string" && typeof name === "string";
}

/** The bytes of a file, which is opened when they are read: a file that is gone fails its call and nothing else. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Buffer>;
}
