import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { Api } from "grammy";
import { openApi, outcomeOf, type TelegramApiOptions } from "./api.ts";
import { codeOf, DownloadError } from "./download-error.ts";
import { type DownloadOptions, keep } from "./kept-file.ts";
import type { Pauses } from "./pauses.ts";

/** Most bytes of a file that Telegram's own server lets a bot download (Bot API, getFile). */
export const maxCloudBytes = 20 * 1024 * 1024;

/** Most bytes of a file that the operator's own Bot API server lets a bot download (Bot API, local mode). */
export const maxLocalBytes = 2000 * 1024 * 1024;

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
    const made = Promise.resolve(place.folder);
    // It is waited for once Telegram has answered.
    made.catch(() => undefined);
    const path = await placeOf(api, fileId, pauses, signal);
    if (isAbsolute(path)) {
      // Only the operator's own server names a file of this machine (Bot API, local mode).
      if (isCloud(options.apiRoot)) throw new DownloadError("refused", "an absolute path");
      return keep({ ...place, folder: await made }, localBytes(path, signal));
    }
    const url = `${options.apiRoot}/file/bot${options.token}/${path.split("/").map(encodeURIComponent).join("/")}`;
    const over = new AbortController();
    const ended = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    const { maxBytes } = place;
    // The folder may not be there yet.
    const pieces = remoteBytes(url, { silenceMs, maxBytes, ...options }, ended);
    const content = begun(pieces);
    try {
      return await keep({ ...place, folder: await made }, content);
    } finally {
      over.abort();
      // Nobody may have read the first of them. That they were called off is no fault.
      await pieces.return(undefined).catch(() => undefined);
    }
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

/** The same pieces, of which the first is asked for at once. */
function begun(pieces: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  const first = pieces.next();
  // Whoever reads it hears of a failure.
  first.catch(() => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      const { value, done } = await first;
      if (done) return;
      yield value;
      yield* pieces;
    },
  };
}

function refusedTransfer({ status, headers }: Response): DownloadError {
  // 404: the address is valid for an hour, and getFile makes another one.
  const isLater = status >= 500 || [401, 404, 408, 429].includes(status);
  const seconds = Number(headers.get("retry-after") ?? 0);
  const retryAfterMs = status === 429 && seconds > 0 && seconds < 86_400 ? seconds * 1000 : 0;
  return new DownloadError(isLater ? "again" : "refused", `status ${status}`, retryAfterMs);
}
