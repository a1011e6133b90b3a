import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type Server,
} from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type Test } from "tap";
import { replyToken, secret, startApp } from "../support/app.ts";
import { update } from "../support/updates.ts";

const caddyfile = join(import.meta.dirname, "..", "..", "Caddyfile");
const isMissing = spawnSync("caddy", ["version"]).error !== undefined;
const skip = isMissing && "caddy is not installed; on Debian: apt-get install caddy";

test("only a POST of exactly the webhook's path passes Caddy", { skip }, async (t) => {
  const behind = await listenBehind(t);
  const port = await startCaddy(t, behind.port);
  const refused = [
    ["POST", "/reply"],
    ["GET", "/messages"],
    ["GET", "/healthz"],
    ["GET", "/readyz"],
    ["GET", "/"],
    ["GET", "/telegram/webhook"],
    ["PUT", "/telegram/webhook"],
    ["POST", "/telegram"],
    ["POST", "/telegram/webhook/"],
    ["POST", "/telegram/webhook?agent=x"],
    ["POST", "/Telegram/Webhook"],
    ["POST", "//telegram/webhook"],
    ["POST", "/telegram/webhook/../../reply"],
    ["POST", "/reply/../telegram/webhook"],
    ["POST", "/telegram/%77ebhook"],
  ] as const;
  for (const [method, path] of refused) {
    const status = await call(port, method, path, {});
    t.equal(status, 404, `${method} ${path}`);
  }
  t.same(behind.seen, [], "none of these reaches Switchboard");
  t.equal(await call(port, "POST", "/telegram/webhook", {}), 200);
  t.equal(behind.seen.length, 1);
});

test("what passes Caddy is taken as Telegram sent it, and as nothing else", { skip }, async (t) => {
  const behind = await listenBehind(t);
  const port = await startCaddy(t, behind.port);
  const { app } = await startApp(t);
  const body = JSON.stringify(update(1, { text: "grüße 👋" }));
  const sent = {
    "content-type": "application/json",
    "x-telegram-bot-api-secret-token": secret,
    authorization: `Bearer ${replyToken}`,
  };
  t.equal(await call(port, "POST", "/telegram/webhook", sent, body), 200);
  const [arrived] = behind.seen;
  t.match(arrived, { method: "POST", url: "/telegram/webhook", headers: sent, body });

  const { headers } = arrived ?? {};
  const post = (url: string, more: string) =>
    app.inject({ method: "POST", url, headers: { ...headers }, body: more });
  t.equal((await post("/telegram/webhook", body)).statusCode, 200);
  const reply = await post("/reply", body);
  t.equal(reply.statusCode, 403, "a request that came through a proxy cannot be a reply");
});

interface Arrived {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Stands behind Caddy, answers 200 and remembers what arrived. */
async function listenBehind(t: Test): Promise<{ port: number; seen: Arrived[] }> {
  const seen: Arrived[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: portOf(server), seen };
}

/** Runs Caddy with the repository's Caddyfile on a free port of loopback; resolves to that port. */
async function startCaddy(t: Test, upstream: number): Promise<number> {
  const port = await freePort();
  const home = t.testdir({});
  const caddy = spawn("caddy", ["run", "--config", caddyfile], {
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      SWITCHBOARD_DOMAIN: `http://127.0.0.1:${port}`,
      SWITCHBOARD_UPSTREAM: `127.0.0.1:${upstream}`,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.teardown(async () => {
    if (caddy.exitCode !== null) return;
    caddy.kill();
    await once(caddy, "exit");
  });
  await isServing(caddy);
  return port;
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

/** Makes a request whose path goes out as it is, which `fetch` would tidy; resolves to the status. */
async function call(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<number | undefined> {
  const request = httpRequest({ host: "127.0.0.1", port, method, path, headers });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
