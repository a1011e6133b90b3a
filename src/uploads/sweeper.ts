import type { Logger } from "../log.ts";
import type { PromptFiles } from "../prompts/files.ts";
import { filesLeftSignal } from "../prompts/prompts.ts";
import type { Store } from "../store/store.ts";
import { removeFrom } from "./folder.ts";

const dayMs = 24 * 60 * 60 * 1000;
const batch = 100;

/** What the sweeper needs. */
export interface UploadSweeperOptions {
  store: Store;
  files: PromptFiles;
  /** Days that files are kept after their prompt has ended. */
  keepDays: number;
  log: Logger;
}

/**
 * Removes files of prompts that ended more than `keepDays` ago, unless their agent moved them, at the start and then
 * every day; and those of a prompt that was dropped before opencode had it.
 */
export class UploadSweeper {
  #options: UploadSweeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #unsubscribe: (() => void) | undefined;

  constructor(options: UploadSweeperOptions) {
    this.#options = options;
  }

  /** Removes the files of prompts that ended before `olderThan` (milliseconds since the epoch), and counts them. */
  async sweep(olderThan: number): Promise<number> {
    const { files, log } = this.#options;
    let removed = 0;
    for (;;) {
      const unneeded = await files.unneeded(olderThan, batch);
      for (const { id, path } of unneeded) {
        // A file that cannot be removed is left to its agent.
        await removeFrom(path).catch((error: unknown) =>
          log.warn({ err: error, fileId: id }, "a file could not be removed"),
        );
        await files.removed(id);
      }
      removed += unneeded.length;
      if (unneeded.length < batch) return removed;
    }
  }

  /** Begins; a second call does nothing. */
  start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#run(), dayMs).unref();
    this.#unsubscribe = this.#options.store.on(filesLeftSignal, () => this.#run());
    this.#run();
  }

  /** Ends it and resolves when nothing is being removed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    await this.#running;
  }

  /** One sweep after the other. */
  #run(): void {
    const { keepDays, log } = this.#options;
    this.#running = this.#running
      .then(() => this.sweep(Date.now() - keepDays * dayMs))
      .then(
        (removed) => log[removed > 0 ? "info" : "debug"]({ removed }, "old files removed"),
        (error: unknown) => log.error({ err: error }, "old files could not be removed"),
      );
  }
}
