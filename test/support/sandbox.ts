import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import type { Test } from "tap";
import { Api } from "grammy/web";
import type { Update } from "grammy/types";
import { BotApiServer } from "../../sandbox/telegram/server.ts";

/** The token of a bot that is nobody's. */
export const token = "123456:TEST-token";

/** Node 24's fetch refuses the AbortSignal of grammY's own polyfill, so it gets one of its own. */
function nativeFetch(url: string | URL | Request, init: RequestInit = {}) {
  const controller = new AbortController();
  init.signal?.addEventListener("abort", () => controller.abort(), { once: true });
  return fetch(url, { ...init, signal: controller.signal });
}

/** A message's one button, by the data of its press. */
export const button = (data: string) => ({
  reply_markup: { inline_keyboard: [[{ text: "b", callback_data: data }]] },
});

/** A Bot API server whose pauses are short, and a client of it. */
export async function sandbox(
  t: Test,
  options: Partial<ConstructorParameters<typeof BotApiServer>[0]> = {},
) {
  const telegram = new BotApiServer({ token, retryScale: 0.002, ...options });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const client = { apiRoot, fetch: nativeFetch };
  return { telegram, apiRoot, client, api: new Api(token, client) };
}

/** How a webhook answers an update. */
export type Respond = (update: Update, response: ServerResponse, request: IncomingMessage) => void;

/** Answers 200 at once. */
export const ok: Respond = (_, response) => response.end();

/** A webhook that keeps what it receives. */
export async function webhook(t: Test, respond: Respond) {
  const received: Update[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      const update = JSON.parse(body) as Update;
      received.push(update);
      respond(update, response, request);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}
