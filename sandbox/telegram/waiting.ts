/** Lets callers wait, without polling, for something that is or will become true. */
export class Waiting {
  #watchers = new Set<() => void>();

  /** Calls `watcher` after every change; returns what ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells every watcher that something changed. */
  changed() {
    for (const watcher of this.#watchers) watcher();
  }

  /**
   * Resolves with the first value of `look` that is not undefined, now or after a change. Rejects
   * after `timeoutMs` with the text of `describe`, or with what `look` throws.
   */
  until<T>(look: () => T | undefined, timeoutMs: number, describe: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        try {
          const value = look();
          if (value === undefined) return;
          end();
          resolve(value);
        } catch (error) {
          end();
          reject(error);
        }
      };
      const stop = this.watch(attempt);
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${describe()} (waited ${timeoutMs} ms)`));
      }, timeoutMs);
      const end = () => {
        clearTimeout(timer);
        stop();
      };
      attempt();
    });
  }
}
