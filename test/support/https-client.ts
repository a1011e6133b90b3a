import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import { connect as connectTls } from "node:tls";
import { type RunningCaddy, domain } from "./caddy.ts";

const cutAfterMs = 2000;

/** A request that goes out as it is: nobody tidies its path. */
export interface Asked {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Makes requests over HTTPS to a Caddy whose certificate is checked. */
export function httpsClient({ port, ca }: RunningCaddy) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca });
  const site = { host: "127.0.0.1", port, servername: domain };

  /** By HTTP/1.1; resolves to the status, or to 0 when the connection is cut. */
  const call = async ({ method, path, headers, body }: Asked): Promise<number> => {
    const request = httpsRequest({
      ...site,
      agent,
      method,
      path,
      headers: { host: domain, ...headers },
    });
    request.end(body);
    try {
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "close");
      return response.statusCode ?? 0;
    } catch {
      return 0;
    }
  };

  /**
   * Bytes as they are, over one connection; resolves to everything that comes back. To Caddy a client that
   * closes its half is gone, so a last request asks for the end; bytes that swallow it are cut off.
   */
  const raw = async (bytes: string): Promise<string> => {
    const socket = connectTls({ ...site, ca });
    await once(socket, "secureConnect");
    socket.write(`${bytes}GET /end HTTP/1.1\r\nHost: ${domain}\r\nConnection: close\r\n\r\n`);
    socket.setTimeout(cutAfterMs, () => socket.destroy());
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(socket, "close").catch(() => undefined);
    return Buffer.concat(chunks).toString();
  };

  /** By HTTP/2, over one connection; resolves to the statuses. */
  const http2 = async (asked: readonly Asked[]): Promise<number[]> => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, servername: domain });
    const statuses: number[] = [];
    for (const { method, path, headers, body } of asked) {
      const { HTTP2_HEADER_STATUS: status } = constants;
      const target = { ":method": method, ":path": path, ":authority": domain };
      const stream = session.request({ ...target, ...headers });
      stream.end(body);
      const [answer] = (await once(stream, "response").catch(() => [{}])) as [
        Record<string, unknown>,
      ];
      stream.resume();
      statuses.push(Number(answer[status] ?? 0));
    }
    session.close();
    return statuses;
  };

  return { call, raw, http2, close: () => agent.destroy() };
}
