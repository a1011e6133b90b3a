import type { EventStream } from "./events.ts";

/**
 * Knows from opencode's events that nothing works in a directory, once it was read so. It knows as long as the event
 * stream is open and no session anywhere works; whoever must be sure reads it.
 */
export class KnownRest {
  #events: Pick<EventStream, "isOpen" | "on">;
  #busy = new Set<string>();
  #resting = new Set<string>();
  #gaps = 0;

  constructor(events: Pick<EventStream, "isOpen" | "on">) {
    this.#events = events;
    const forget = () => this.#forget();
    events.on("open", forget).on("closed", forget);
    events.on("event", (event) => {
      if (event.type === "session.status") {
        const { sessionID, status } = event.properties;
        if (status.type === "idle") this.#busy.delete(sessionID);
        else this.#busy.add(sessionID);
      }
      if (event.type === "session.deleted") this.#busy.delete(event.properties.info.id);
      // opencode 1.18 ends what works there and does not say so.
      if (event.type === "server.instance.disposed" || event.type === "global.disposed") forget();
    });
  }

  /** Equal to an earlier one while no event was missed in between. */
  get mark(): number {
    return this.#gaps;
  }

  /** A directory was read as being at rest; `mark` is of before that. */
  found(directory: string, mark: number): void {
    if (mark === this.#gaps && this.#events.isOpen && this.#busy.size === 0) {
      this.#resting.add(directory);
    }
  }

  /** Whether nothing works in a directory now; false where that is not known. */
  isKnown(directory: string): boolean {
    return this.#events.isOpen && this.#busy.size === 0 && this.#resting.has(directory);
  }

  #forget(): void {
    this.#gaps += 1;
    this.#busy.clear();
    this.#resting.clear();
  }
}
