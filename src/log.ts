import { isatty } from "node:tty";
import { pino, type DestinationStream, type LoggerOptions, type Logger as Pino } from "pino";
import { readableLog } from "./readable-log.ts";

/** What code writes to; pino's and Fastify's loggers both are one. */
export type Logger = Pick<Pino, "debug" | "info" | "warn" | "error">;

// No \b in front: in a URL's `/bot123:…` there is no word boundary before the digits.
const botToken = /(\d{5,20}):[A-Za-z0-9_-]{30,64}/g;
const mark = "[REDACTED]";

/** Returns a function that takes bot tokens and the given secrets out of a text. */
export function scrubber(secrets: (string | undefined)[]): (text: string) => string {
  // Secrets of fewer than 6 characters would blank ordinary words.
  const known = secrets.filter((secret): secret is string => (secret?.length ?? 0) >= 6);
  // The longest first: one secret may begin like another.
  known.sort((a, b) => b.length - a.length);
  const inJson = known.map((secret) => JSON.stringify(secret).slice(1, -1));
  return (text) => {
    const withoutTokens = text.replace(botToken, `$1:${mark}`);
    return [...known, ...inJson].reduce(
      (rest, secret) => rest.replaceAll(secret, mark),
      withoutTokens,
    );
  };
}

interface ErrorLike {
  name?: string;
  message?: string;
  stack?: string;
  code?: unknown;
  method?: unknown;
  error_code?: unknown;
  cause?: unknown;
}

// grammY's BotError carries `ctx`, whose `api.token` is enumerable: only known fields are logged.
function describeError(thrown: unknown): unknown {
  if (typeof thrown !== "object" || thrown === null) return thrown;
  const error: ErrorLike = thrown;
  return {
    type: error.name,
    message: error.message,
    code: error.code,
    method: error.method,
    error_code: error.error_code,
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  };
}

/**
 * Options of the one logger of the process. Every line is scrubbed as it is written, so a secret
 * inside a message, a URL or a stack is caught as well; pino's own `redact` only knows fixed paths.
 */
export function loggerOptions(level: string, secrets: (string | undefined)[]): LoggerOptions {
  return {
    level,
    serializers: { err: describeError, error: describeError },
    hooks: { streamWrite: scrubber(secrets) },
  };
}

/**
 * Makes the logger; `stream` defaults to standard output: lines for people on a terminal, else JSON. Where that cannot be written (a full disk, a
 * terminal that is gone), up to 1 MB of lines wait, and the process continues.
 */
export function createLogger(
  level: string,
  secrets: (string | undefined)[],
  stream: DestinationStream = standardOutput(),
): Pino {
  return pino(loggerOptions(level, secrets), stream);
}

// Asynchronous, pino would throw a failed write into the process and, at the exit, repeat it for ever.
function standardOutput(): DestinationStream {
  const stream = pino.destination({ dest: 1, sync: true, maxLength: 1024 * 1024 });
  stream.on("error", () => undefined);
  return isatty(1) ? readableLog(stream) : stream;
}
