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
