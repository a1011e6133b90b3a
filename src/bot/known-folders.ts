import type { Logger } from "../log.ts";
import type { Controls } from "../opencode/controls.ts";
import { withinMoment } from "../runner/within-moment.ts";

// More folders than a person scans.
const mostSessions = 200;

/** What knowing folders needs. */
export interface KnownFoldersOptions {
  controls: Pick<Controls, "history">;
  log: Logger;
}

/** The folders that opencode has worked in. */
export class KnownFolders {
  #options: KnownFoldersOptions;

  constructor(options: KnownFoldersOptions) {
    this.#options = options;
  }

  /** Absolute paths, those of the newest sessions first; empty while opencode does not answer. */
  async list(): Promise<string[]> {
    const { controls, log } = this.#options;
    const page = await withinMoment(controls.history({ limit: mostSessions }), log);
    return [...new Set(page?.sessions.map(({ directory }) => directory))];
  }
}
