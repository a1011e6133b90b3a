import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Api } from "grammy";
import { ownDescriptors } from "../folder.ts";
import { openApi, outcomeOf, type TelegramApiOptions } from "./api.ts";
import type { Pauses } from "./pauses.ts";

/** Most bytes of a file that Telegram's own server lets a bot download (Bot API, getFile). */
export const maxCloudBytes = 20 * 1024 * 1024;

/** Most bytes of a file that the operator's own Bot API server lets a bot download (Bot API, local mode). */
export const maxLocalBytes = 2000 * 1024 * 1024;

/** Why a file was not downloaded. */
export type DownloadFault =
  /** Telegram does not give it, and will not. */
  | "refused"
  /** It has more bytes than were allowed, whatever was said of it before. */
  | "too large"
  /** It may work later. */
  | "again"
  /** The disk is full, or the user's share of it. */
  | "disk full"
  /** It cannot be written there. */
  | "not saved";

/** A file was not downloaded; nothing of it is left. It names neither the address, which holds the token, nor a path. */
export class DownloadError extends Error {
  readonly fault: DownloadFault;
  /** Milliseconds for which Telegram wants to be left alone; 0 where it does not say so. */
  readonly retryAfterMs: number;

  /** `reason` is for the log. */
  constructor(fault: DownloadFault, reason: string, retryAfterMs = 0) {
    super(`a file was not loaded (${fault}): ${reason}`);
    this.name = "DownloadError";
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Where a file goes, and how large it may be. */
export interface DownloadOptions {
  /** Most bytes. */
  maxBytes: number;
  /** Its path in an existing folder. A file or link of that name is replaced. */
  target: string;
  /**
   * Where that folder really is: nothing is written to another one in its place. Any when undefined. It may be made
   * while Telegram is asked for the file; what a promise rejects with is thrown as it is.
   */
  folder?: string | Promise<string> | undefined;
}

/**
 * Downloads a file from Telegram by its `file_id`; resolves to its size in bytes. The file is on disk
 * when this resolves, readable only by this user, and never there in part. A crash may leave the file that `partOf`
 * names, which the next attempt replaces.
 * @throws DownloadError in every other case, also when `signal` is aborted.
 */
export type DownloadFile = (
  fileId: string,
  options: DownloadOptions,
  signal?: AbortSignal,
) => Promise<number>;

// Silence after which a transfer counts as dead.
const silenceMs = 30_000;
// Telegram's servers are faster than a phone's uplink.
const slowestBytesPerSecond = 32 * 1024;
const diskFull = new Set(["ENOSPC", "EDQUOT"]);

/** How a downloader finds the Bot API, and how long it waits. */
export interface DownloaderOptions extends TelegramApiOptions {
  /** Milliseconds without a byte after which a transfer is given up. */
  silenceMs?: number;
}

/** Whether a Bot API server is Telegram's own, which lets bots download only small files. */
export function isCloud(apiRoot: string): boolean {
  return URL.canParse(apiRoot) && new URL(apiRoot).hostname === "api.telegram.org";
}

/** Makes one attempt to download a file; the caller tries again. */
export function createDownload(options: DownloaderOptions, pauses: Pauses): DownloadFile {
  const api = openApi(options);
  return async (fileId, place, signal) => {
    const { maxBytes } = place;
    const [path, folder] = await Promise.all([placeOf(api, fileId, pauses, signal), place.folder]);
    const where = { ...place, folder };
    if (isAbsolute(path)) {
      // Only the operator's own server names a file of this machine (Bot API, local mode).
      if (isCloud(options.apiRoot)) throw new DownloadError("refused", "an absolute path");
      return keep(where, localBytes(path, signal));
    }
    const url = `${options.apiRoot}/file/bot${options.token}/${path.split("/").map(encodeURIComponent).join("/")}`;
    return keep(where, remoteBytes(url, { silenceMs, maxBytes, ...options }, signal));
  };
}

/** Where the server has the file: below its own address, or on this machine. */
async function placeOf(
  api: Api,
  fileId: string,
  pauses: Pauses,
  signal: AbortSignal | undefined,
): Promise<string> {
  const heldMs = pauses.until({ method: "getFile" }) - Date.now();
  if (heldMs > 0) throw new DownloadError("again", "Telegram wants a pause", heldMs);
  let answer;
  try {
    // grammY's types name the signal of a polyfill.
    answer = await api.getFile(fileId, signal as Parameters<Api["getFile"]>[1]);
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome.kind === "limited") {
      await pauses.hold({ method: "getFile" }, Date.now() + outcome.retryAfterMs);
      throw new DownloadError("again", "429", outcome.retryAfterMs);
    }
    if (outcome.kind === "refused" || outcome.kind === "forbidden") {
      const isTooLarge = /file is too big/i.test(outcome.description);
      throw new DownloadError(isTooLarge ? "too large" : "refused", outcome.description);
    }
    throw new DownloadError("again", "reason" in outcome ? outcome.reason : outcome.kind);
  }
  const path: unknown = (answer as Partial<typeof answer> | null)?.file_path;
  if (typeof path !== "string" || path === "") throw new DownloadError("refused", "no file_path");
  return path.toWellFormed();
}

async function* localBytes(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let file: FileHandle;
  try {
    // Opening a FIFO would block.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new DownloadError("again", `the server's file: ${codeOf(error)}`);
  }
  try {
    if (!(await file.stat()).isFile()) throw new DownloadError("refused", "not a file");
    yield* file.createReadStream({ autoClose: false, ...(signal && { signal }) });
  } catch (error) {
    throw error instanceof DownloadError
      ? error
      : new DownloadError("again", `the server's file: ${codeOf(error)}`);
  } finally {
    await file.close();
  }
}

async function* remoteBytes(
  url: string,
  { silenceMs: silence, maxBytes }: { silenceMs: number; maxBytes: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const quiet = new AbortController();
  const watchdog = setTimeout(() => quiet.abort(), silence);
  const limit = AbortSignal.timeout(silence + Math.ceil((maxBytes / slowestBytesPerSecond) * 1000));
  const signals = [quiet.signal, limit, ...(signal ? [signal] : [])];
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.any(signals) });
    if (!response.ok) {
      await response.body?.cancel();
      throw refusedTransfer(response);
    }
    if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
      await response.body?.cancel();
      throw new DownloadError("too large", "by its content-length");
    }
    for await (const chunk of response.body ?? []) {
      watchdog.refresh();
      yield chunk;
    }
  } catch (error) {
    // The error of Node's fetch may name the address.
    throw error instanceof DownloadError ? error : new DownloadError("again", codeOf(error));
  } finally {
    clearTimeout(watchdog);
  }
}

function refusedTransfer({ status, headers }: Response): DownloadError {
  // 404: the address is valid for an hour, and getFile makes another one.
  const isLater = status >= 500 || [401, 404, 408, 429].includes(status);
  const seconds = Number(headers.get("retry-after") ?? 0);
  const retryAfterMs = status === 429 && seconds > 0 && seconds < 86_400 ? seconds * 1000 : 0;
  return new DownloadError(isLater ? "again" : "refused", `status ${status}`, retryAfterMs);
}

/** Where a file is while it is written: beside its target, under a name that no file of an operator gets. */
export function partOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.part`);
}

/** Writes a complete file or none. */
async function keep(
  { target, folder, maxBytes }: DownloadOptions & { folder: string | undefined },
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  let held: FileHandle | undefined;
  try {
    held = await open(dirname(target), constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const place = join(await heldPath(held, dirname(target), folder), basename(target));
    const part = partOf(place);
    try {
      return await write({ part, place, held, maxBytes }, content);
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    if (error instanceof DownloadError) throw error;
    const code = codeOf(error);
    throw new DownloadError(diskFull.has(code) ? "disk full" : "not saved", code);
  } finally {
    await held?.close();
  }
}

/** A path to an open folder that leads to it alone, where the system has one: an agent may exchange what it is in. */
async function heldPath(
  { fd }: FileHandle,
  path: string,
  expected: string | undefined,
): Promise<string> {
  const held = join(ownDescriptors, `${fd}`);
  const linked = await readlink(held).catch(() => undefined);
  if (expected !== undefined && (linked ?? (await realpath(path))) !== expected) {
    throw new DownloadError("not saved", "another folder is in its place");
  }
  return linked === undefined ? path : held;
}

async function write(
  { part, place, held, maxBytes }: Writing,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  await rm(part, { force: true });
  // Exclusive: a link that somebody put there meanwhile is not followed.
  const file = await open(part, "wx", 0o600);
  try {
    let size = 0;
    for await (const chunk of content) {
      size += chunk.length;
      if (size > maxBytes) throw new DownloadError("too large", `more than ${maxBytes} bytes`);
      await file.writeFile(chunk);
    }
    await rename(part, place);
    // A new name is on disk once its folder is. Nobody counts on the file before this is over, so that both are
    // written by one commit of the file system.
    await Promise.all([file.datasync(), held.sync()]).catch(async (error: unknown) => {
      await rm(place, { force: true });
      throw error;
    });
    return size;
  } finally {
    await file.close();
  }
}

interface Writing {
  part: string;
  place: string;
  /** The folder of both. */
  held: FileHandle;
  maxBytes: number;
}

/** The codes of an error, without its message, which may name a secret. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") return code;
  return error.cause ? codeOf(error.cause) : error.name;
}
