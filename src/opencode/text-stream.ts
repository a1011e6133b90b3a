import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ChunkedBody } from "./chunked-body.ts";
import { HeadReader, type ResponseHead } from "./response-head.ts";

const bufferBytes = 65_536;

/** How a stream is opened. */
export interface TextStreamOptions {
  url: URL;
  headers: Record<string, string>;
  /** Ends it; whoever reads it is told so by an error. */
  signal: AbortSignal;
  /** Milliseconds to leave in the socket what comes after these words; undefined or 0 for none. */
  restAfter: (text: string) => number;
}

/**
 * The answer to a GET request as text that comes for long, in many small pieces. node:http, and fetch even
 * more so, spend more on each piece than it takes to read what is in it: there is a buffer that stays, and
 * what the socket has is taken as one piece. Words come whole, whatever the connection cuts.
 */
export class TextStream implements AsyncIterable<string> {
  #restAfter: TextStreamOptions["restAfter"];
  #head = new HeadReader();
  #body = new ChunkedBody();
  #decoder = new TextDecoder();
  #socket: Socket;
  #timer: NodeJS.Timeout | undefined;
  #opened = Promise.withResolvers<ResponseHead>();
  #pieces: string[] = [];
  #ended: { error: Error | undefined } | undefined;
  #wake: () => void = () => undefined;

  constructor({ url, headers, signal, restAfter }: TextStreamOptions) {
    this.#restAfter = restAfter;
    const buffer = Buffer.allocUnsafe(bufferBytes);
    const onread = { buffer, callback: (length: number) => this.#take(buffer, length) };
    const isTls = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port) || (isTls ? 443 : 80);
    const place = { host, port, signal, onread };
    this.#socket = isTls ? connectTls({ ...place, servername: host }) : connectTcp(place);
    // Who waits for the status is told; nobody may.
    this.#opened.promise.catch(() => undefined);
    let error: Error | undefined;
    this.#socket.on("error", (reason) => (error = reason));
    this.#socket.on("close", () => this.#end(error));
    const lines = [
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      `host: ${url.host}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      "connection: close",
    ];
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** Resolves to the status of the answer; rejects when there is none. */
  async status(): Promise<number> {
    return (await this.#opened.promise).status;
  }

  /** Ends it. */
  close(): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  /** The text, in order. Throws when it breaks off; there may be one reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      for (;;) {
        const [piece] = this.#pieces.length === 1 ? this.#pieces : [this.#pieces.join("")];
        this.#pieces = [];
        if (piece) {
          yield piece;
          continue;
        }
        if (this.#ended?.error) throw this.#ended.error;
        if (this.#ended) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.close();
    }
  }

  /** Takes what was read; whether to go on with that. */
  #take(buffer: Buffer, length: number): boolean {
    try {
      const text = this.#textIn(buffer, length);
      if (text === "") return true;
      this.#pieces.push(text);
      this.#wake();
      const restMs = this.#restAfter(text);
      if (restMs > 0) this.#rest(restMs);
      return restMs <= 0;
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : undefined);
      return false;
    }
  }

  #textIn(buffer: Buffer, length: number): string {
    const from = this.#head.head ? 0 : this.#head.take(buffer, length);
    const { head } = this.#head;
    if (!head) return "";
    this.#opened.resolve(head);
    const body = buffer.subarray(from, length);
    const kept = head.isChunked ? this.#body.take(body, body.length) : body.length;
    if (this.#body.isOver) this.#socket.destroy();
    return kept === 0 ? "" : this.#decoder.decode(body.subarray(0, kept), { stream: true });
  }

  #rest(ms: number): void {
    this.#timer ??= setTimeout(() => this.#socket.resume(), ms);
    this.#timer.refresh();
  }

  #end(error: Error | undefined): void {
    clearTimeout(this.#timer);
    const { head } = this.#head;
    // One that is not chunked ends with its connection.
    const isWhole = head !== undefined && (!head.isChunked || this.#body.isOver);
    const fault = error ?? (isWhole ? undefined : new Error("the connection broke off"));
    this.#ended = { error: fault };
    if (fault) this.#opened.reject(fault);
    this.#wake();
  }
}
