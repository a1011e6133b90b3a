import type { IncomingMessage } from "node:http";
import { restWhileDense } from "./dense-text.ts";
import { OpencodeRefused, OpencodeUnreachable } from "./errors.ts";
import { openStream, textStream } from "./text-stream.ts";
import { readWithoutData } from "./without-data.ts";

/** The address of the server and our login. */
export interface OpencodeOptions {
  url: string;
  username: string;
  password: string | undefined;
  /** Milliseconds before a call counts as unanswered. */
  timeoutMs?: number;
  /** The same of the short request that goes before the first one, and before one after a failure. */
  probeMs?: number;
  /** Whether a server is being started; its requests wait for that. */
  coming?: Coming;
}

/** Knows when a server that is being started answers. */
export interface Coming {
  /** Resolves once it does; at once when none is being started. Never rejects. */
  up: () => Promise<void>;
}

/** A request to opencode; what is undefined is left out of the query. */
export interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Milliseconds; fetch itself gives up after 300,000. */
  timeoutMs?: number | undefined;
  /** Stops waiting for the answer; whether opencode acts is unknown then. */
  signal?: AbortSignal | undefined;
}

// Read at once, which is faster.
const shortBytes = 256 * 1024;

/**
 * Requests to opencode's server on fetch. Every one carries Basic auth when there is a password.
 * @throws OpencodeUnreachable when nothing answered, OpencodeRefused on an error status.
 */
export class OpencodeHttp {
  readonly url: string;
  #headers: Record<string, string>;
  #timeoutMs: number;
  #probeMs: number;
  #coming: Coming | undefined;
  #isUp = false;

  constructor(options: OpencodeOptions) {
    const { url, username, password, timeoutMs = 10_000, probeMs = 1000, coming } = options;
    this.url = url;
    this.#timeoutMs = timeoutMs;
    this.#probeMs = probeMs;
    this.#coming = coming;
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    // fetch asks for a compressed answer, which takes opencode 1.18 seconds where there are photos in it.
    const encoding = { "accept-encoding": "identity" };
    this.#headers =
      password === undefined ? encoding : { ...encoding, authorization: `Basic ${basic}` };
  }

  /** The JSON of the answer; undefined when it has none. */
  async call<Result>(path: string, call: Call = {}): Promise<Result> {
    return (await this.page<Result>(path, call)).body;
  }

  /** The same, with where a list goes on: what opencode puts into the header `x-next-cursor`. */
  async page<Result>(
    path: string,
    call: Call = {},
  ): Promise<{ body: Result; next: string | undefined }> {
    const response = await this.#send(path, call);
    const next = response.headers.get("x-next-cursor") ?? undefined;
    if (response.status === 204) return { body: undefined as Result, next };
    return { body: await read(path, call, () => response.json() as Promise<Result>), next };
  }

  /** The same of messages: where the answer is long, without what their files contain; see `readWithoutData`. */
  async messages<Result>(path: string, call: Call = {}): Promise<Result> {
    const response = await this.#send(path, call);
    const { body, headers } = response;
    const isShort = Number(headers.get("content-length") ?? Infinity) <= shortBytes;
    return read(path, call, async () =>
      isShort || !body ? response.json() : readWithoutData(body),
    ) as Promise<Result>;
  }

  /** The answer as it comes, in pieces; reading them throws OpencodeUnreachable when it breaks off. */
  async pieces(path: string, call: Call = {}): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#send(path, call);
    return unbroken(path, call, body ?? []);
  }

  /** The text of the answer. */
  async text(path: string, call: Call = {}): Promise<string> {
    const response = await this.#send(path, call);
    return read(path, call, () => response.text());
  }

  /**
   * A stream of server-sent events; `signal` ends it. It does not go through fetch, which takes twice the time
   * for each of its many small pieces.
   */
  async stream(path: string, signal: AbortSignal): Promise<AsyncIterable<string>> {
    const headers = { ...this.#headers, accept: "text/event-stream" };
    let response: IncomingMessage;
    try {
      await this.#probe(signal);
      response = await openStream(new URL(`${this.url}${path}`), headers, signal);
    } catch (error) {
      this.#isUp = false;
      throw new OpencodeUnreachable(`GET ${path}`, { cause: error });
    }
    const { statusCode = 0 } = response;
    if (statusCode === 200) return textStream(response, restWhileDense());
    response.destroy();
    throw new OpencodeRefused(`GET ${path}`, statusCode);
  }

  #send(path: string, call: Call): Promise<Response> {
    const { method = "GET", query = {}, body, timeoutMs = this.#timeoutMs, signal } = call;
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, String(value));
    }
    const suffix = search.size > 0 ? `?${search}` : "";
    const timeout = AbortSignal.timeout(timeoutMs);
    return this.#fetch(`${path}${suffix}`, {
      method,
      headers: {
        ...this.#headers,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  }

  /**
   * For about a second of its start opencode 1.18 accepts connections and never answers them. So the end of
   * a start that is known of is awaited, and after a failure one short request goes before any other.
   */
  async #probe(given: AbortSignal | null | undefined): Promise<void> {
    if (this.#isUp) return;
    await Promise.race([this.#coming?.up(), aborted(given)]);
    given?.throwIfAborted();
    const signal = AbortSignal.timeout(this.#probeMs);
    const response = await fetch(`${this.url}/global/health`, { headers: this.#headers, signal });
    await response.body?.cancel();
    this.#isUp = true;
  }

  async #fetch(pathAndQuery: string, init: RequestInit): Promise<Response> {
    const what = `${init.method ?? "GET"} ${pathAndQuery.split("?")[0]}`;
    let response: Response;
    let wasSent = false;
    try {
      await this.#probe(init.signal);
      wasSent = true;
      response = await fetch(`${this.url}${pathAndQuery}`, init);
    } catch (error) {
      this.#isUp = false;
      throw new OpencodeUnreachable(what, { cause: error, wasSent: wasSent && !isRefused(error) });
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new OpencodeRefused(what, response.status);
    }
    return response;
  }
}

/** Never resolves without a signal. */
function aborted(signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Nothing listens there. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
}

async function* unbroken(
  path: string,
  call: Call,
  pieces: AsyncIterable<Uint8Array> | Uint8Array[],
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    throw new OpencodeUnreachable(`${call.method ?? "GET"} ${path}`, { cause: error });
  }
}

async function read<Body>(path: string, call: Call, body: () => Promise<Body>): Promise<Body> {
  try {
    return await body();
  } catch (error) {
    throw new OpencodeUnreachable(`${call.method ?? "GET"} ${path}`, { cause: error });
  }
}
