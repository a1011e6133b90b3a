import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { reset } from "../reset.ts";
import { execute, refusal, type Answer, type ApiCall } from "./calls.ts";
import type { Fault, Faults } from "./faults.ts";
import { LongPoll } from "./long-poll.ts";
import { Refusal } from "./refusal.ts";
import { readCall, type RawCall } from "./request.ts";
import { schemas } from "./schemas.ts";
import type { World } from "./world.ts";

interface Options {
  token: string;
  world: World;
  faults: Faults;
  record: (call: Omit<ApiCall, "sequence">) => void;
}

const canonical = new Map(Object.keys(schemas).map((name) => [name.toLowerCase(), name]));
const proxyPage =
  "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/** The HTTP side: `/bot<token>/<method>` and `/file/bot<token>/<path>`, with the faults planned for them. */
export class Listener {
  #options: Options;
  #server: Server | undefined;
  #port = 0;
  #pauses = new Set<NodeJS.Timeout>();
  #longPoll: LongPoll;

  constructor(options: Options) {
    this.#options = options;
    this.#longPoll = new LongPoll(options.world);
  }

  /** Listens on loopback; port 0 is any free one, kept from then on. Returns the root URL. */
  async open(port = this.#port): Promise<string> {
    if (!this.#server) {
      const server = createServer((request, response) => {
        this.#answer(request, response).catch((error: unknown) => {
          const description = `Internal Server Error: ${String(error)}`;
          send(response, { status: 500, body: { ok: false, error_code: 500, description } });
        });
      });
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      this.#server = server;
      this.#port = (server.address() as AddressInfo).port;
    }
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Stops listening and breaks every connection; what was paused is never answered. */
  async close() {
    for (const pause of this.#pauses) clearTimeout(pause);
    this.#pauses.clear();
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse) {
    const { world, token } = this.#options;
    const [, file, given, rest = ""] =
      /^(\/file)?\/bot([^/]+)\/(.+)$/.exec((request.url ?? "").split("?")[0] ?? "") ?? [];
    if (given === undefined) return send(response, refusal(new Refusal(404, "Not Found")));
    if (decodeURIComponent(given) !== token) {
      return send(response, refusal(new Refusal(401, "Unauthorized")));
    }
    if (file) {
      const bytes = world.files.download(decodeURIComponent(rest));
      const found = bytes ? { status: 200, body: bytes } : refusal(new Refusal(404, "Not Found"));
      return this.#perform(
        request,
        response,
        { method: "file", payload: { path: rest } },
        () => found,
      );
    }
    const method = canonical.get(rest.toLowerCase()) ?? rest;
    const read = await readCall(request, method).catch((error: unknown) => refusal(error));
    const raw: RawCall = "status" in read ? { payload: {}, files: new Map() } : read;
    return this.#perform(request, response, { method, payload: raw.payload }, () => {
      if ("status" in read) return read;
      if (method === "getUpdates") return this.#getUpdates(response, raw);
      return execute(world, method, raw.payload, raw.files);
    });
  }

  async #getUpdates(response: ServerResponse, { payload, files }: RawCall): Promise<Answer> {
    const { world } = this.#options;
    this.#longPoll.begin();
    const answer = execute(world, "getUpdates", payload, files);
    const { result } = answer.body as { result?: unknown[] };
    const seconds = Number(payload["timeout"] ?? 0);
    if (answer.status !== 200 || result?.length !== 0 || seconds === 0) return answer;
    const closed = new AbortController();
    response.on("close", () => closed.abort());
    const offset = Number(payload["offset"] ?? 0);
    const refused = await this.#longPoll.wait(seconds, offset, closed.signal);
    // Nobody is there any more to take an update.
    if (closed.signal.aborted) return answer;
    return refused ? refusal(refused) : execute(world, "getUpdates", payload, files);
  }

  /** Lets the planned fault happen, or the call. */
  async #perform(
    request: IncomingMessage,
    response: ServerResponse,
    call: Pick<ApiCall, "method" | "payload">,
    act: () => Answer | Promise<Answer>,
  ) {
    const at = this.#options.world.now();
    const fault = this.#options.faults.take(call.method);
    const instead = fault && faultAnswer(fault);
    if (fault?.kind === "reset-before" || instead) {
      this.#record({ ...call, at, outcome: "fault", executed: false, ...ending(instead) });
      return instead ? send(response, instead) : reset(request.socket);
    }
    if (fault?.kind === "slow" && fault.when === "before") await this.#pause(fault.ms);
    const answer = await act();
    const executed = answer.status === 200;
    if (fault?.kind === "reset-after") {
      this.#record({ ...call, at, outcome: "fault", executed, ...ending(answer), status: 0 });
      return reset(request.socket);
    }
    this.#record({
      ...call,
      at,
      outcome: executed ? "ok" : "refused",
      executed,
      ...ending(answer),
    });
    if (fault?.kind === "slow" && fault.when !== "before") await this.#pause(fault.ms);
    send(response, answer);
  }

  #record(call: Omit<ApiCall, "sequence">) {
    if (call.method !== "file") this.#options.record(call);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const pause = setTimeout(() => {
        this.#pauses.delete(pause);
        resolve();
      }, ms);
      this.#pauses.add(pause);
    });
  }
}

/** How an answer appears in the record of calls; without an answer the connection was reset. */
export function ending(answer: Answer | undefined): Pick<ApiCall, "status" | "error" | "result"> {
  if (!answer) return { status: 0, error: "connection reset" };
  const { description, result } = answer.body as { description?: string; result?: unknown };
  if (answer.status === 200) return { status: 200, result };
  return { status: answer.status, error: description ?? String(answer.body) };
}

function faultAnswer(fault: Fault): Answer | undefined {
  if (fault.kind === "429") {
    const { retryAfter } = fault;
    const text = `Too Many Requests: retry after ${retryAfter}`;
    return refusal(new Refusal(429, text, { retry_after: retryAfter }));
  }
  if (fault.kind === "refuse") return refusal(new Refusal(fault.status ?? 400, fault.description));
  if (fault.kind !== "5xx") return undefined;
  const status = fault.status ?? (fault.html ? 502 : 500);
  if (!fault.html) return refusal(new Refusal(status, "Internal Server Error"));
  return { status, body: proxyPage, headers: { "content-type": "text/html" } };
}

function send(response: ServerResponse, { status, body, headers }: Answer) {
  const raw = typeof body === "string" || Buffer.isBuffer(body);
  const type = raw ? "application/octet-stream" : "application/json";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(raw ? body : JSON.stringify(body));
}
