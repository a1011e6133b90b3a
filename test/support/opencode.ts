import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { Test } from "tap";
import { OpencodeClient } from "../../src/opencode/client.ts";
import { OpencodeHttp } from "../../src/opencode/http.ts";

/** A request as the double saw it. */
export interface Seen {
  method: string;
  url: string;
  authorization: string | undefined;
  /** In which form it may be answered. */
  encoding: string | string[] | undefined;
  body: unknown;
}

export type Answer = (seen: Seen, response: ServerResponse) => unknown;

/** Stands where opencode's server stands: `{}` for every call, and an event stream. */
export class OpencodeDouble {
  readonly seen: Seen[] = [];
  /** Answers what is asked; replace it to misbehave. */
  answer: Answer = (seen, response) => this.#usual(seen, response);
  /** How many event streams were opened. */
  streams = 0;
  #opened: ServerResponse[] = [];
  #waiting = new Set<() => void>();
  #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const { method = "", url = "", headers } = request;
      const hasBody = headers["content-type"] !== undefined;
      void (hasBody ? json(request) : Promise.resolve(undefined)).then((body) => {
        const { authorization, "accept-encoding": encoding } = headers;
        const seen = { method, url, authorization, encoding, body };
        this.seen.push(seen);
        this.answer(seen, response);
      });
    });
  }

  /** Listens on a free port of loopback; resolves to the base URL. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks every connection and refuses new ones; safe to repeat. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** The response of the n-th event stream, as soon as it is opened. */
  streamOpened(count = 1): Promise<ServerResponse> {
    return new Promise((resolve) => {
      const look = () => {
        const response = this.#opened[count - 1];
        if (!response) return;
        this.#waiting.delete(look);
        resolve(response);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** An event as the stream writes it. */
  line(payload: object): string {
    return `data: ${JSON.stringify({ directory: "/srv", payload })}\n\n`;
  }

  /** Tells an event to whoever follows. */
  emit(payload: object): void {
    for (const response of this.#opened)
      if (!response.writableEnded) response.write(this.line(payload));
  }

  #usual({ url }: Seen, response: ServerResponse): void {
    if (!url.startsWith("/global/event")) {
      const isList = /^\/(permission|question)\?|\/message\?/.test(url);
      response.setHeader("content-type", "application/json");
      response.end(isList ? "[]" : '{"id":"ses_double"}');
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    this.streams += 1;
    this.#opened.push(response);
    for (const look of this.#waiting) look();
  }
}

/** The password of the double's clients. */
export const password = "server-password";

/** A double that listens until the end of the test, and a client of it. */
export async function server(t: Test, answer?: Answer) {
  const opencode = new OpencodeDouble();
  if (answer) opencode.answer = answer;
  const url = await opencode.listen();
  t.teardown(() => opencode.close());
  // Other tests may keep this process from running for seconds.
  const patience = { timeoutMs: 20_000, probeMs: 20_000 };
  const http = new OpencodeHttp({ url, username: "operator", password, ...patience });
  return { opencode, url, http, client: new OpencodeClient(http) };
}
