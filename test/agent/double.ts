import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";

/** A request as it arrived. */
export interface Seen {
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Stands where Switchboard's `POST /reply` stands; answers 202 unless `answer` does otherwise. */
export class ReplyDouble {
  readonly seen: Seen[] = [];
  answer: (response: ServerResponse, count: number) => unknown = (response) =>
    response.writeHead(202).end("{}");
  /** Gives session `ses_N` the token `site.N`, and none to any other. */
  answerToken = (response: ServerResponse, url: string): unknown => {
    const number = /ses_(\d+)$/.exec(url)?.[1];
    if (number === undefined) return response.writeHead(404).end("{}");
    return response.writeHead(200).end(JSON.stringify({ token: `site.${number}` }));
  };
  #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { url = "", headers } = request;
        this.seen.push({ url, headers, body: Buffer.concat(chunks) });
        if (url.startsWith("/agent-token")) return this.answerToken(response, url);
        const replies = this.seen.filter((one) => !one.url.startsWith("/agent-token"));
        return this.answer(response, replies.length);
      });
    });
  }

  /** Listens on loopback, on a free port unless one is given; resolves to the base URL. */
  async listen(port = 0): Promise<string> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no TCP address");
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
