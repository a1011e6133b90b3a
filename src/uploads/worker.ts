import { setTimeout as pause } from "node:timers/promises";
import { pauseAfter } from "../backoff.ts";
import { crashPoint } from "../crash.ts";
import type { Agents } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import { longestFilePauseMs, type PromptFiles, type WaitingFile } from "../prompts/files.ts";
import { fileSignal } from "../prompts/parts.ts";
import { workSignal } from "../prompts/prompts.ts";
import { isStoreFault, type Store } from "../store/store.ts";
import { DownloadError } from "../telegram/download-error.ts";
import type { DownloadFile } from "../telegram/files.ts";
import { flushUploads, pathFor, placeFor, realFolder, removeFrom } from "./folder.ts";
import { giveUp, tellOfWaiting } from "./tell.ts";

/** What the worker needs. */
export interface UploadWorkerOptions {
  store: Store;
  files: PromptFiles;
  agents: Pick<Agents, "get">;
  download: DownloadFile;
  /** Most bytes of a file that the Bot API server gives. */
  maxBytes: number;
  log: Logger;
  /** Milliseconds before the second attempt. */
  firstPauseMs?: number;
}

// Telegram serves several at once; more would compete for the same bandwidth.
const atOnce = 4;
const longestPauseMs = longestFilePauseMs;
const giveUpAfterMs = 24 * 60 * 60 * 1000;
// A short outage needs no message.
const toldAfterAttempts = 4;
// A longer one overflows the timer.
const longestTimerMs = 2 ** 31 - 1;
// While the store cannot be written.
const storePauseMs = 5000;
const diskFull = new Set(["ENOSPC", "EDQUOT"]);

/**
 * Downloads the files of prompts into their agents' folders. Each file has a row in the store, and is tried again with
 * growing pauses until it is in its place, also after a crash; a definite refusal ends that with one sentence to the
 * operator.
 */
export class UploadWorker {
  #options: UploadWorkerOptions;
  #running = new Map<number, { file: WaitingFile; controller: AbortController }>();
  #runs = new Set<Promise<void>>();
  #placing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void)[] = [];
  #isStopped = false;
  #taking: Promise<void> | undefined;
  #isWanted = false;

  constructor(options: UploadWorkerOptions) {
    this.#options = options;
  }

  /** Begins to load what waits and whatever is added; a second call does nothing. */
  start(): void {
    if (this.#unsubscribe.length > 0) return;
    const { store } = this.#options;
    this.#unsubscribe = [
      store.on(fileSignal, () => this.#wake()),
      // A prompt that has ended needs its files no more.
      store.on(workSignal, (agent) => void this.#callOff(agent)),
    ];
    this.#wake();
  }

  /** Ends what is being loaded, which a later start loads again, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of this.#unsubscribe) end();
    clearTimeout(this.#timer);
    for (const { controller } of this.#running.values()) controller.abort();
    await this.#taking;
    await Promise.all(this.#runs);
    clearTimeout(this.#timer);
  }

  #wake(): void {
    this.#isWanted = true;
    if (this.#isStopped) return;
    this.#taking ??= this.#take()
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, "the files that wait could not be read");
        this.#wakeIn(storePauseMs);
      })
      .finally(() => {
        this.#taking = undefined;
        if (this.#isWanted) this.#wake();
      });
  }

  async #take(): Promise<void> {
    const { files } = this.#options;
    this.#isWanted = false;
    // One moment for both questions: what becomes due between them would be missed.
    const now = Date.now();
    const due = await files.due(now, atOnce + this.#running.size);
    for (const file of due) {
      if (this.#isStopped || this.#running.size >= atOnce) return;
      if (!this.#running.has(file.id)) this.#begin(file);
    }
    const next = await files.nextDue(now);
    if (next !== undefined) this.#wakeIn(next - Date.now());
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.#wake(), Math.min(longestTimerMs, Math.max(1, ms)));
  }

  #begin(file: WaitingFile): void {
    const controller = new AbortController();
    this.#running.set(file.id, { file, controller });
    const { signal } = controller;
    const run = this.#load(file, signal)
      .catch(async (error: unknown) => {
        const { id: fileId, promptId } = file;
        this.#options.log.error({ err: error, fileId, promptId }, "a file could not be recorded");
        await pause(storePauseMs, undefined, { signal }).catch(() => undefined);
      })
      .finally(() => {
        this.#running.delete(file.id);
        this.#runs.delete(run);
        this.#wake();
      });
    this.#runs.add(run);
  }

  async #load(file: WaitingFile, signal: AbortSignal): Promise<void> {
    const { files, agents, download, maxBytes, log } = this.#options;
    const agent = await agents.get(file.agent);
    // It was stopped, and its prompts cancelled with it, or renamed just now.
    if (agent?.state !== "active") return files.later(file.id, Date.now() + storePauseMs);
    const { directory } = agent;
    const path = pathFor(directory, file.promptId, file.name);
    // While Telegram is asked where it has the file.
    const folder = this.#prepare(directory, file, path);
    const flushed = folder.then(() => flushUploads(directory));
    // It is looked at once Telegram has answered.
    flushed.catch(() => undefined);
    let size: number;
    try {
      size = await download(file.fileId, { maxBytes, target: path, folder }, signal);
      await flushed;
    } catch (error) {
      const made = await flushed.then(
        () => undefined,
        (fault: unknown) => ({ fault }),
      );
      if (made) {
        if (isStoreFault(made.fault)) throw made.fault;
        return this.#failed(file, folderFault(made.fault));
      }
      if (isStoreFault(error)) throw error;
      if (!signal.aborted) return this.#failed(file, downloadFault(error));
      return this.#isStopped ? undefined : this.#remove(file, path);
    }
    crashPoint("file loaded");
    // Its prompt may have ended meanwhile.
    if (!(await files.saved(file, size))) return this.#remove(file, path);
    crashPoint("file recorded");
    log.info({ fileId: file.id, promptId: file.promptId, size }, "a file was loaded");
  }

  /** Makes the folder of a file and records that the file may be there from now on; resolves to where it really is. */
  async #prepare(directory: string, file: WaitingFile, path: string): Promise<string> {
    const [folder] = await Promise.all([
      realFolder(directory, file.promptId),
      this.#place(directory, file),
    ]);
    await this.#options.files.begin(file.id, path);
    return folder;
  }

  /** One after the other, so that only one of them makes a folder. */
  #place(directory: string, { promptId, name }: WaitingFile): Promise<string> {
    const place = this.#placing.then(() => placeFor(directory, promptId, name));
    this.#placing = place.catch(() => undefined);
    return place;
  }

  async #remove({ id }: WaitingFile, path: string): Promise<void> {
    await removeFrom(path);
    await this.#options.files.removed(id);
  }

  async #failed(file: WaitingFile, error: DownloadError): Promise<void> {
    const { store, files, log, firstPauseMs } = this.#options;
    const { fault, retryAfterMs } = error;
    const { id: fileId, promptId } = file;
    log.warn({ fileId, promptId, attempts: file.attempts, reason: error.message }, "no file");
    const isOver = Date.now() - file.addedAt > giveUpAfterMs;
    const isLater = fault === "again" || fault === "disk full";
    if (!isLater || isOver) {
      await store.write((transaction) => giveUp(transaction, file, isLater ? "given up" : fault));
      return;
    }
    const attempts = file.attempts + 1;
    if (fault === "disk full" || attempts >= toldAfterAttempts) {
      await store.write((transaction) => tellOfWaiting(transaction, file, fault));
    }
    const pauses = { longestMs: longestPauseMs, ...(firstPauseMs && { firstMs: firstPauseMs }) };
    // If Telegram asks for a longer pause, the download keeps to it: see `Pauses`.
    const pauseMs = Math.max(Math.min(retryAfterMs, longestPauseMs), pauseAfter(attempts, pauses));
    await files.later(file.id, Date.now() + pauseMs);
  }

  /** Ends the downloads for an agent that no prompt waits for any more. */
  async #callOff(agent: string | undefined): Promise<void> {
    const { files, log } = this.#options;
    try {
      for (const { file, controller } of this.#running.values()) {
        if (file.agent !== agent || (await files.isWanted(file.id))) continue;
        controller.abort();
      }
    } catch (error) {
      log.error({ err: error, agent }, "whether files are waited for could not be read");
    }
  }
}

/** What nobody expects may work later too; its words could hold the address, and with it the token. */
function downloadFault(error: unknown): DownloadError {
  if (error instanceof DownloadError) return error;
  return new DownloadError("again", error instanceof Error ? error.name : "no error");
}

function folderFault(error: unknown): DownloadError {
  const { code = "a link or file is in its place" } = error as NodeJS.ErrnoException;
  return new DownloadError(diskFull.has(code) ? "disk full" : "not saved", code);
}
