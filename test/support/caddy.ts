import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { Test } from "tap";
import { freePort } from "../../sandbox/port.ts";
import { tempDir } from "./app.ts";
import { until } from "./until.ts";

const caddyfile = join(import.meta.dirname, "..", "..", "Caddyfile");
const isMissing = spawnSync("caddy", ["version"]).error !== undefined;

/** Why the tests of the Caddyfile cannot run here; false when they can. */
export const caddyMissing = isMissing && "caddy is not installed; on Debian: apt-get install caddy";

/** The name of the site. */
export const domain = "bot.example.test";

/** A request as it came out of Caddy. */
export interface Arrived {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Stands behind Caddy, remembers what arrives whole, and answers as Switchboard's own routes do. */
export async function listenBehind(t: Test, app: FastifyInstance) {
  const seen: Arrived[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url = "", headers } = request;
      const body = Buffer.concat(chunks).toString("utf8");
      seen.push({ method, url, headers, body });
      const asked = { method: method as "POST", url, headers, body };
      void app.inject(asked).then(({ statusCode, payload }) => {
        response.writeHead(statusCode).end(payload);
      });
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: portOf(server), seen };
}

/** Caddy with the repository's Caddyfile. */
export interface RunningCaddy {
  /** Where it serves HTTPS. */
  port: number;
  /** Where it serves HTTP. */
  plainPort: number;
  /** The certificate of its own authority, and the file that it is in. */
  ca: string;
  caFile: string;
}

/**
 * Runs Caddy with the repository's Caddyfile on free ports of loopback, with certificates of its own.
 * `networks` are those that may post.
 */
export async function startCaddy(
  t: Test,
  upstream: number,
  networks?: string,
): Promise<RunningCaddy> {
  const [port, plainPort] = await Promise.all([freePort(), freePort()]);
  const home = tempDir(t);
  const config = join(home, "Caddyfile");
  const here = `local_certs\nskip_install_trust\nhttp_port ${plainPort}\nhttps_port ${port}\n`;
  writeFileSync(config, readFileSync(caddyfile, "utf8").replace("\tadmin off\n", `$&${here}`));
  const caddy = spawn("caddy", ["run", "--config", config, "--adapter", "caddyfile"], {
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      XDG_DATA_HOME: home,
      SWITCHBOARD_DOMAIN: domain,
      SWITCHBOARD_UPSTREAM: `127.0.0.1:${upstream}`,
      ...(networks !== undefined && { SWITCHBOARD_NETWORKS: networks }),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.teardown(async () => {
    if (caddy.exitCode !== null) return;
    caddy.kill();
    await once(caddy, "exit");
  });
  await isServing(caddy);
  const caFile = join(home, "caddy", "pki", "authorities", "local", "root.crt");
  const ca = readFileSync(caFile, "utf8");
  // The certificate comes a moment later.
  await until(() => shakesHands(port, ca));
  return { port, plainPort, ca, caFile };
}

async function isServing(caddy: ChildProcess & { stderr: NodeJS.ReadableStream }): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: caddy.stderr })) {
    lines.push(line);
    if (line.includes("serving initial configuration")) {
      caddy.stderr.resume();
      return;
    }
  }
  throw new Error(`Caddy ended:\n${lines.join("\n")}`);
}

async function shakesHands(port: number, ca: string): Promise<true | undefined> {
  const socket = connect({ host: "127.0.0.1", port, servername: domain, ca });
  try {
    await once(socket, "secureConnect");
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}
