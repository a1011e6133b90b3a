import { request as httpRequest, type Agent, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Update } from "grammy/types";

/** How long Telegram waits for an answer, in milliseconds. */
const readTimeout = 60_000;

/** A webhook's whole answer; `retryAfter` is in seconds. */
export interface Answer {
  status: number;
  body: string;
  retryAfter: number | undefined;
}

/** Posts one update and reads the answer to its end. Rejects with the reason Telegram would show. */
export function postUpdate(
  { url, secret }: { url: string; secret: string | undefined },
  update: Update,
  signal: AbortSignal,
  agent: Agent | undefined,
): Promise<Answer> {
  const body = JSON.stringify(update);
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(secret && { "x-telegram-bot-api-secret-token": secret }),
  };
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, { method: "POST", headers, signal, agent });
    request.setTimeout(readTimeout, () => request.destroy(new Error("Read timeout expired")));
    request.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ECONNREFUSED" ? new Error("Connection refused") : error);
    });
    request.on("response", (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const retryAfter = Number(response.headers["retry-after"] ?? Number.NaN);
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).toString(),
    retryAfter: Number.isNaN(retryAfter) ? undefined : retryAfter,
  };
}
