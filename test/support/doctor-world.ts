import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Test } from "tap";
import type { Check } from "../../cli/doctor/check.ts";
import { checks } from "../../cli/doctor/checks.ts";
import { type Context, contextOf } from "../../cli/doctor/context.ts";
import { type Report, runChecks } from "../../cli/doctor/run.ts";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { agentPlugins } from "../../src/host/agent-side.ts";
import { type ToolVersion, testedOpencode } from "../../src/host/versions.ts";
import { checkout } from "../../src/projects/workspace.ts";
import { certificates } from "./certificates.ts";
import { fakeTmux } from "./fake-tmux.ts";
import { tempDir, testEnv, token } from "./app.ts";

/** A program's answer: a status and a body, JSON where it is no text. */
export type Says = [status: number, body?: unknown];

/** The certificates of the server at PUBLIC_URL. */
export type Certificate = "own" | "other" | "expired";

const password = "password-of-the-doctors-tests";

/** A machine on which all is well, made of doubles, and what of it a test may break. */
export class DoctorWorld {
  readonly telegram = new BotApiServer({ token, retryScale: 0.002 });
  /** What programs answer, by method and path; what is not named is 404 without a body. */
  opencode: Record<string, Says> = {};
  switchboard: Record<string, Says> = {};
  proxy: Record<string, Says> = {};
  /** What opencode's server takes: our password, another one, or none. */
  login: "ours" | "other" | "none" = "ours";
  /** What the programs say of themselves. */
  tools: Record<ToolVersion["name"], ToolVersion> = healthyTools();
  env: Record<string, string> = {};
  /** Differences of the context. */
  context: Partial<Context> = {};
  dir = "";
  ports = { opencode: 0, switchboard: 0, proxy: 0 };
  #servers: Server[] = [];
  #secure: ReturnType<typeof createSecureServer> | undefined;
  #apiRoot = "";

  /** Starts the doubles; they end with the test. */
  static async start(t: Test): Promise<DoctorWorld> {
    const world = new DoctorWorld();
    world.dir = tempDir(t);
    world.#apiRoot = await world.telegram.listen();
    t.teardown(() => world.close());
    world.ports.opencode = await world.#listen((request, response) => {
      const { authorization } = request.headers;
      const basic = `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
      const fits = world.login === "none" || (world.login === "ours" && authorization === basic);
      if (fits) return answer(request, response, world.opencode);
      response.writeHead(401).end();
    });
    world.ports.switchboard = await world.#listen((request, response) =>
      answer(request, response, world.switchboard),
    );
    const secure = createSecureServer({ key: certificates().key }, (request, response) =>
      answer(request, response, world.proxy),
    );
    world.#secure = secure;
    world.ports.proxy = await world.#open(secure);
    await world.heal();
    return world;
  }

  /** Makes all well again. */
  async heal(): Promise<void> {
    const { dir } = this;
    const data = join(dir, "data");
    this.login = "ours";
    this.tools = healthyTools();
    this.context = {};
    this.env = {
      ...testEnv(dir),
      TELEGRAM_API_ROOT: this.#apiRoot,
      PUBLIC_URL: `https://localhost:${this.ports.proxy}`,
      PORT: String(this.ports.switchboard),
      OPENCODE_API_URL: `http://127.0.0.1:${this.ports.opencode}`,
    };
    const installed = join(data, "opencode", "plugin");
    mkdirSync(installed, { recursive: true });
    chmodSync(data, 0o700);
    mkdirSync(join(dir, "work"), { recursive: true });
    for (const name of agentPlugins)
      copyFileSync(join(checkout, "agent", "plugin", name), join(installed, name));
    writeFileSync(join(data, "opencode-password"), `${password}\n`, { mode: 0o600 });
    writeFileSync(join(dir, ".env"), "", { mode: 0o600 });
    chmodSync(join(dir, ".env"), 0o600);
    this.opencode = {
      "GET /global/health": [200, { healthy: true, version: testedOpencode }],
      "GET /config": [
        200,
        { model: "acme/one", plugin: [pathToFileURL(join(installed, "switchboard.ts")).href] },
      ],
      "GET /config/providers": [200, { providers: [provider("acme", "api")] }],
    };
    this.switchboard = {
      "GET /healthz": [200, { alive: true }],
      "GET /readyz": [200, { ready: true }],
    };
    this.proxy = {
      "POST /telegram/webhook": [401, { statusCode: 401, error: "Unauthorized", message: "…" }],
    };
    this.certify("own");
    await this.setWebhook(`${this.env["PUBLIC_URL"]}/telegram/webhook`);
  }

  /** Gives the server at PUBLIC_URL another certificate. */
  certify(name: Certificate): void {
    this.#secure?.setSecureContext({ key: certificates().key, cert: certificates()[name] });
  }

  /** What a client has to trust for that certificate. */
  authority(name: Certificate): string {
    return certificates()[name];
  }

  /** Has Telegram send updates there; to nobody for an empty URL. */
  async setWebhook(url: string): Promise<void> {
    const body = new URLSearchParams({ url, drop_pending_updates: "true" });
    const address = `${this.#apiRoot}/bot${token}/setWebhook`;
    await fetch(address, { method: "POST", body });
  }

  /** The context of the doctor as it would be on this machine now. */
  contextNow(): Context {
    return {
      ...contextOf({ PATH: process.env["PATH"], ...this.env }),
      envFiles: [join(this.dir, ".env")],
      ca: certificates().own,
      patienceMs: 0,
      freeBytes: async () => 10e9,
      tmux: () => fakeTmux().tmux,
      toolVersions: async (_options, only) => only.map((name) => this.tools[name]),
      ...this.context,
    };
  }

  /** Runs these checks; every one but the round trip unless told. */
  examine(which: readonly Check[] = checks): Promise<Report[]> {
    return runChecks(which, this.contextNow());
  }

  /** A port of this machine at which nothing listens. */
  async closedPort(): Promise<number> {
    const server = createServer();
    const port = await this.#open(server);
    server.close();
    await once(server, "close");
    return port;
  }

  async close(): Promise<void> {
    await this.telegram.close();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  #listen(listener: (request: IncomingMessage, response: ServerResponse) => void) {
    return this.#open(createServer(listener));
  }

  async #open(server: Server): Promise<number> {
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }
}

/** A provider of opencode with one model. */
export function provider(id: string, source: string) {
  return { id, name: id, source, models: { one: { name: "One", variants: { high: {} } } } };
}

function healthyTools(): Record<ToolVersion["name"], ToolVersion> {
  const of = (name: ToolVersion["name"], version: string) => ({ name, found: true, version });
  return {
    tmux: of("tmux", "3.3a"),
    curl: of("curl", "7.88.1"),
    opencode: of("opencode", testedOpencode),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, says: Record<string, Says>) {
  const path = (request.url ?? "").split("?")[0];
  const [status, body] = says[`${request.method} ${path}`] ?? [404];
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status).end(text);
}
