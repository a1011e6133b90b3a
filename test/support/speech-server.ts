import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Test } from "tap";
import { reset } from "../../sandbox/reset.ts";
import { parseMultipart } from "../../sandbox/telegram/multipart.ts";

/** A request as a speech server got it. */
export interface SpeechRequest {
  path: string;
  authorization: string | undefined;
  /** Fields of a form, or of JSON. */
  fields: Record<string, unknown>;
  file: { name: string; type: string; bytes: Buffer } | undefined;
}

/** What goes wrong with one request; `hang` never answers, `reset` breaks off, `endless` answers without end. */
export type SpeechFaultPlan =
  | "hang"
  | "reset"
  | "endless"
  | { status: number; body?: string | Buffer; headers?: Record<string, string> };

/** What this server speaks: the beginning of Opus in Ogg, and the words it was given. */
export function spokenBytes(words: string): Buffer {
  const page = Buffer.alloc(28);
  page.write("OggS");
  return Buffer.concat([page, Buffer.from(`OpusHead ${words}`)]);
}

/** An OpenAI-compatible speech server on loopback, with faults on demand. */
export class SpeechServer {
  readonly requests: SpeechRequest[] = [];
  /** What it hears in a recording. */
  heard: (file: Buffer) => string = (file) => file.toString();
  /** Resolves before an answer goes out; a test may hold it. */
  gate: Promise<unknown> = Promise.resolve();
  #faults: SpeechFaultPlan[] = [];
  #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  /** Listens; resolves to the URL that clients are given. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The next requests go wrong, one each. */
  fault(...plans: SpeechFaultPlan[]): void {
    this.#faults.push(...plans);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = await readRequest(request);
    this.requests.push(read);
    await this.gate;
    const fault = this.#faults.shift();
    if (fault === "hang") return;
    if (fault === "reset") return reset(request.socket);
    if (fault === "endless") {
      response.on("error", () => undefined);
      const chunk = Buffer.alloc(1024 * 1024, " ");
      const more = () => void response.write(chunk, () => !response.destroyed && more());
      return more();
    }
    if (fault) return void response.writeHead(fault.status, fault.headers).end(fault.body);
    if (read.path === "/v1/audio/transcriptions" && read.file) {
      return void response.end(JSON.stringify({ text: this.heard(read.file.bytes) }));
    }
    if (read.path === "/v1/audio/speech") {
      return void response.end(spokenBytes(String(read.fields["input"])));
    }
    response.writeHead(404).end();
  }
}

async function readRequest(request: IncomingMessage): Promise<SpeechRequest> {
  const body = Buffer.concat(await request.toArray());
  const { authorization, "content-type": type = "" } = request.headers;
  const about = { path: request.url ?? "", authorization };
  const boundary = /boundary=(\S+)/.exec(type)?.[1];
  if (boundary === undefined) {
    const fields = JSON.parse(body.toString() || "{}") as Record<string, unknown>;
    return { ...about, fields, file: undefined };
  }
  const { fields, files } = parseMultipart(body, boundary);
  const file = files.get("file");
  const fileType = /name="file"[^]*?content-type: *([^\r\n]+)/i.exec(body.toString("latin1"))?.[1];
  return { ...about, fields, file: file && { ...file, type: fileType ?? "" } };
}

/** A speech server of the test's own, closed at its end. */
export async function speechServer(t: Test): Promise<{ server: SpeechServer; url: string }> {
  const server = new SpeechServer();
  const url = await server.listen();
  t.teardown(() => server.close());
  return { server, url };
}
