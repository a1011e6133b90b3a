/** What becomes of a call that Telegram does not take as it is. */
export interface Fallback {
  /** Outbox ids of calls that must have been sent before; else `unmet` replaces the payload. */
  needs?: number[];
  /** Fields that replace those of the payload when a needed call was given up. */
  unmet?: object;
  /** The payload after a refusal (status 400), tried once. */
  refused?: object;
  /**
   * The fields of the messages that stand for a rich one which Telegram refuses, one after another; beside
   * them goes its place. An unknown outcome is never sent again in this other form.
   */
  classic?: object[];
  /** The messages that follow this one in its place in the lane: their fields, and what `Part` adds. */
  next?: object[];
  /** A file before this one, of the same album, was given up. */
  hasLoss?: boolean;
  /** What is said in the same place when the call is given up. */
  failed?: string;
}
