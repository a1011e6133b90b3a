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

/** The codes of an error, without its message, which may name a secret. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") return code;
  return error.cause ? codeOf(error.cause) : error.name;
}
