import { request as plainRequest } from "node:http";
import { type Agent, request as secureRequest } from "node:https";

/** An answer over HTTP. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** At most its first 16 kB. */
  body: string;
}

/** What a request needs. */
export interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  /** Certificates that are trusted besides those of Node. */
  ca?: string | undefined;
  signal: AbortSignal;
  /** Keeps the connection to an https server for the next request; by default none is kept. */
  agent?: Agent;
}

const mostBytes = 16_384;

/**
 * Asks for a URL, without following redirects: Telegram follows none either.
 * @throws the system's or TLS's error, with its code.
 */
export function ask(
  url: string,
  { method = "GET", headers = {}, ca, signal, agent }: AskOptions,
): Promise<Answer> {
  const isSecure = url.startsWith("https:");
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers,
      signal,
      agent: agent ?? false,
      ...(isSecure && ca && { ca }),
    };
    const request = (isSecure ? secureRequest : plainRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const end = () => {
        const body = Buffer.concat(chunks).toString("utf8").slice(0, mostBytes);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      };
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > mostBytes) {
          end();
          request.destroy();
        }
      });
      response.on("end", end);
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end();
  });
}

/** The code of an error, such as `ECONNREFUSED`; if several addresses were tried, that of the first. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : error.cause;
  const { code } = error as NodeJS.ErrnoException;
  return code ?? codeOf(inner);
}
