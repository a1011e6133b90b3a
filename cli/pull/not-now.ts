/** Something that cannot be done now and is tried again; the message is one line with the remedy. */
export class NotNow extends Error {
  /** Milliseconds until the next attempt; undefined for a growing pause. */
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "NotNow";
    this.waitMs = waitMs;
  }
}
