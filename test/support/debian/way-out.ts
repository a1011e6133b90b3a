import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** A proxy for https behind a socket in the file system: the way out of a network that has only loopback. */
export interface WayOut {
  path: string;
  close(): void;
}

/** Opens it at `path`. */
export async function openWayOut(path: string): Promise<WayOut> {
  const open = new Set<Duplex>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", ({ url = "" }, inner: Duplex) => {
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(url) ?? [];
    const outer = connect(Number(port), host, () => {
      inner.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      inner.pipe(outer).pipe(inner);
    });
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(path);
  await once(server, "listening");
  return {
    path,
    close() {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}
