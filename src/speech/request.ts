import { setTimeout as pause } from "node:timers/promises";
import { neverLeft } from "../errors.ts";
import { SpeechError } from "./speech-error.ts";

/** An OpenAI-compatible server, and the model to ask it for. */
export interface SpeechServer {
  /** Up to the version, like `https://api.openai.com/v1`; without credentials and without a slash at its end. */
  url: string;
  /** Sent as a bearer token; undefined for a server that wants none. */
  key: string | undefined;
  model: string;
}

/** The body of a request and its content type. */
export interface RequestBody {
  type: string;
  content: string | Uint8Array<ArrayBuffer>;
}

/** One request; `body` makes a new body for each attempt. */
export interface SpeechRequest {
  path: "/audio/transcriptions" | "/audio/speech";
  body: () => Promise<RequestBody>;
  /** Milliseconds for the whole of it, the answer included. */
  timeoutMs: number;
  /** Most bytes of the answer. */
  maxBytes: number;
  signal: AbortSignal;
  /** Milliseconds before the second attempt, where the server names no pause; default one second. */
  retryPauseMs?: number | undefined;
}

const usualPauseMs = 1000;
const longestRetryPauseMs = 10_000;

/**
 * Asks a speech server; resolves to the bytes of its answer. If the server did nothing, it is asked once more, after
 * `retryPauseMs` or the pause that it names; not at all if it names one of more than 10 seconds.
 * @throws SpeechError; the reason of `signal` when that is aborted.
 */
export async function ask(server: SpeechServer, request: SpeechRequest): Promise<Buffer> {
  try {
    return await attempt(server, request);
  } catch (error) {
    const pauseMs = pauseAfter(error, request.retryPauseMs ?? usualPauseMs);
    if (pauseMs === undefined) throw error;
    await pause(pauseMs, undefined, { signal: request.signal });
    return attempt(server, request);
  }
}

/** Milliseconds after which a failed request is made again; undefined when that would not help. */
function pauseAfter(error: unknown, usualMs: number): number | undefined {
  if (!(error instanceof SpeechError)) return undefined;
  if (error.fault === "unreachable") return usualMs;
  if (error.fault !== "limited") return undefined;
  const { retryAfterMs = usualMs } = error;
  return retryAfterMs <= longestRetryPauseMs ? retryAfterMs : undefined;
}

async function attempt(
  { url, key }: SpeechServer,
  { path, body, timeoutMs, maxBytes, signal }: SpeechRequest,
): Promise<Buffer> {
  const { type, content } = await body();
  const timeout = AbortSignal.timeout(timeoutMs);
  let wasAnswered = false;
  try {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        "content-type": type,
      },
      body: content,
      // What was said goes to the server that was named, and to no other.
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    wasAnswered = true;
    if (!response.ok) {
      await response.body?.cancel();
      throw refusal(path, response);
    }
    return await bounded(path, response, maxBytes);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SpeechError) throw error;
    if (timeout.aborted) {
      throw new SpeechError("unanswered", `${path}: no answer within ${timeoutMs} ms`);
    }
    const code = codeOf(error);
    const isUnreached = !wasAnswered && neverLeft.has(code);
    const fault = isUnreached ? "unreachable" : "unanswered";
    // The error of fetch is left out: it may hold the address.
    throw new SpeechError(fault, `${path}: ${code || "the connection broke"}`);
  }
}

function refusal(path: string, { status, headers }: Response): SpeechError {
  const message = `${path}: status ${status}`;
  if (status === 429) return new SpeechError("limited", message, wantedPause(headers));
  return new SpeechError(status >= 500 ? "unreachable" : "refused", message);
}

/** The header in milliseconds; undefined when it is a date or missing. */
function wantedPause(headers: Headers): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** The body; reading ends once it is too long. A compressed body is measured after decompression. */
async function bounded(path: string, response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new SpeechError("unusable", `${path}: an answer of more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The code of an error or of what caused it; empty for none. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") return code;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return codeOf(inner);
}
