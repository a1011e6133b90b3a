/** Settings that cannot work; `problems` holds one readable line each, none with a secret. */
export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(problems.join("; "));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** A reason not to start, in one line for the person at the console that says what to do. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StartError";
  }
}

/**
 * A refusal whose text may be shown over HTTP or in the chat. The message is a fixed sentence that
 * says what to do: no path, no token, no stack. Details belong in `cause`, which goes to the log.
 */
export class Refusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Refusal";
    this.statusCode = statusCode;
  }
}

/** The codes with which Node's fetch fails before any byte of the request has left: it took no effect. */
export const neverLeft: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);
