/** opencode did not answer: refused, reset, or too slow. */
export class OpencodeUnreachable extends Error {
  /** It is not known whether opencode acted. False for a request that only reads, or was never sent. */
  readonly mayHaveActed: boolean;

  /** `what` begins with the method of the request. */
  constructor(
    what: string,
    { cause, wasSent = true }: { cause?: unknown; wasSent?: boolean } = {},
  ) {
    super(`opencode did not answer ${what}`, { cause });
    this.name = "OpencodeUnreachable";
    this.mayHaveActed = wasSent && !what.startsWith("GET ");
  }
}

/** opencode answered with an error status. */
export class OpencodeRefused extends Error {
  readonly status: number;

  constructor(what: string, status: number) {
    super(`opencode answered ${what} with ${status}`);
    this.name = "OpencodeRefused";
    this.status = status;
  }
}

/** Whether opencode answered that it does not have what it was asked about. */
export function isMissing(error: unknown): boolean {
  return error instanceof OpencodeRefused && error.status === 404;
}
