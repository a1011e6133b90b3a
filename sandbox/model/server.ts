import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { ModelAnswer } from "./answer.ts";
import { completionBody, completionChunks } from "./completion.ts";

export type { ModelAnswer } from "./answer.ts";

/** What opencode sent, reduced to what a script decides on. */
export interface ModelRequest {
  /** The model that is asked, by its id at the provider. */
  model: string;
  /** Text of the newest user message. */
  prompt: string;
  /** All of that message, as a provider gets it. */
  parts: ContentPart[];
  /** Outputs of the tools called since that message, oldest first. */
  toolResults: string[];
  /** Names of the tools on offer; none means opencode asks for a title or a summary. */
  toolNames: string[];
  /** Every user message of the conversation, oldest first. */
  prompts: string[];
  /** The system prompt, instructions included. */
  system: string;
  /** Milliseconds since the epoch at which the request arrived. */
  at: number;
  /** When words of the answer went out as a stream, on the clock of `performance.now()`. */
  words?: WordTimes;
}

/** When the first and the newest piece of what the model thinks and says went out. */
export interface WordTimes {
  first: number;
  newest: number;
}

/** Decides the answer to one request. */
export type ModelScript = (request: ModelRequest) => ModelAnswer | Promise<ModelAnswer>;

/** A part of a message in OpenAI's chat completions: words, a picture or a PDF. */
export interface ContentPart {
  type: string;
  text?: string;
  image_url?: { url: string };
  file?: { filename?: string; file_data?: string };
}

interface ChatMessage {
  role: string;
  content: string | ContentPart[] | null;
}

/**
 * An OpenAI-compatible chat completions server on loopback whose answers come from a script.
 * It is what lets the real opencode run its real agent loop with no network and no key.
 */
export class ScriptedModel {
  /** Requests of the agent loop so far, oldest first; title requests are left out. */
  readonly requests: ModelRequest[] = [];
  script: ModelScript;
  #server: Server;
  #watchers = new Set<() => void>();

  constructor(script: ModelScript) {
    this.script = script;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
  }

  /** Listens on loopback; port 0 picks a free one. Resolves to the base URL a provider is given. */
  async listen(port = 0): Promise<string> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no TCP address");
    return `http://127.0.0.1:${address.port}/v1`;
  }

  /** Resolves to the first request, past or future, that `matches`; rejects after `timeoutMs`. */
  async seen(
    matches: (request: ModelRequest) => boolean,
    timeoutMs = 30_000,
  ): Promise<ModelRequest> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.requests.find(matches);
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error("the model saw no such request in time");
      await this.#next(left);
    }
  }

  /** Stops listening and drops open connections. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #next(timeoutMs: number): Promise<void> {
    const timer = new AbortController();
    const arrival = new Promise<void>((resolve) => {
      const watcher = () => {
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
    const timeout = pause(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([arrival, timeout]);
    timer.abort();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    const modelRequest = reduce(body);
    const isAgentLoop = modelRequest.toolNames.length > 0;
    if (isAgentLoop) {
      this.requests.push(modelRequest);
      for (const watcher of this.#watchers) watcher();
    }
    const answer = isAgentLoop ? await this.script(modelRequest) : { text: "A title" };
    await (typeof answer.hold === "number" ? pause(answer.hold) : answer.hold);
    if (answer.fail !== undefined) {
      response.writeHead(answer.fail, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "scripted failure", type: "scripted" } }));
      return;
    }
    if (body.stream !== true) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(completionBody(answer)));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    await stream(response, answer, modelRequest);
  }
}

/**
 * Writes an answer piece by piece, at the times it asks for, and notes them with its request; a client that
 * has gone ends it.
 */
async function stream(
  response: ServerResponse,
  answer: ModelAnswer,
  request: ModelRequest,
): Promise<void> {
  const { words, end } = completionChunks(answer);
  const write = (chunk: object) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  const { everyMs = 0 } = answer;
  const began = performance.now();
  // The first one only begins the answer.
  for (const [index, chunk] of words.entries()) {
    const waitMs = began + index * everyMs - performance.now();
    if (everyMs > 0 && waitMs > 0) await pause(waitMs);
    if (response.destroyed) return;
    write(chunk);
    const now = performance.now();
    if (index > 0) request.words = { first: request.words?.first ?? now, newest: now };
  }
  end.forEach(write);
  response.end("data: [DONE]\n\n");
}

interface ChatRequest {
  model?: string;
  stream?: boolean;
  messages?: ChatMessage[];
  tools?: { function?: { name?: string } }[];
}

async function readJson(request: IncomingMessage): Promise<ChatRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as ChatRequest;
}

function textOf(message: ChatMessage): string {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).map((part) => part.text ?? "").join("");
}

function partsOf(message: ChatMessage | undefined): ContentPart[] {
  const content = message?.content ?? [];
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function reduce(body: ChatRequest): ModelRequest {
  const messages = body.messages ?? [];
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  const prompts = messages.filter((message) => message.role === "user").map(textOf);
  return {
    model: body.model ?? "",
    prompt: prompts.at(-1) ?? "",
    parts: partsOf(messages[lastUser]),
    toolResults: messages
      .slice(lastUser + 1)
      .filter((message) => message.role === "tool")
      .map(textOf),
    toolNames: (body.tools ?? []).flatMap((tool) => tool.function?.name ?? []),
    prompts,
    system: messages
      .filter((message) => message.role === "system")
      .map(textOf)
      .join("\n"),
    at: Date.now(),
  };
}
