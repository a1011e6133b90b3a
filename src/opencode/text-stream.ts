import {
  Agent as HttpAgent,
  type AgentOptions,
  get as getHttp,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, get as getHttps } from "node:https";
import { setImmediate as turnOfLoop, setTimeout as pause } from "node:timers/promises";

/** Opens a stream, on a connection of its own; `signal` ends it. Rejects when there is no answer. */
export function openStream(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isTls = url.protocol === "https:";
  // A socket that is paused is read until its buffer is full (Node 24): here by the first piece.
  const options: AgentOptions & { highWaterMark: number } = { highWaterMark: 1 };
  const agent = isTls ? new HttpsAgent(options) : new HttpAgent(options);
  const get = isTls ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    get(url, { headers, signal, agent }, resolve).on("error", reject);
  });
}

/**
 * The answer as text, in order, words whole whatever the connection cuts. After each piece `restAfter` says
 * for how many milliseconds what comes next is left in the socket, to come as one piece. Throws when it
 * breaks off.
 */
export async function* textStream(
  response: IncomingMessage,
  restAfter: (text: string) => number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let hasRested = false;
  for await (const piece of response as AsyncIterable<Buffer>) {
    let bytes = piece;
    if (hasRested) {
      // While it rests, a socket reads one piece and leaves what follows: that is read now, and comes along.
      await turnOfLoop();
      const rest = response.read() as Buffer | null;
      if (rest) bytes = Buffer.concat([piece, rest]);
    }
    const text = decoder.decode(bytes, { stream: true });
    if (text === "") continue;
    yield text;
    const restMs = restAfter(text);
    hasRested = restMs > 0;
    if (!hasRested) continue;
    response.socket.pause();
    await pause(restMs);
    response.socket.resume();
  }
}
