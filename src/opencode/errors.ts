/** opencode did not answer: refused, reset, or too slow. Whether it acted is unknown. */
export class OpencodeUnreachable extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`opencode did not answer ${what}`, options);
    this.name = "OpencodeUnreachable";
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
