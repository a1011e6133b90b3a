import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { test, type Test } from "tap";
import { denseStream } from "../../src/opencode/dense-stream.ts";

/** The pieces that come of what a server writes, each so many milliseconds after the one before. */
async function piecesOf(t: Test, words: string[], everyMs: number): Promise<string[]> {
  const server = createServer((_request, response) => {
    void (async () => {
      for (const word of words) {
        response.write(word);
        await pause(everyMs);
      }
      response.end();
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const response = await new Promise<IncomingMessage>((resolve) => {
    get({ port, host: "127.0.0.1", agent: false }, resolve);
  });
  const pieces: string[] = [];
  for await (const piece of denseStream(response)) pieces.push(Buffer.from(piece).toString());
  return pieces;
}

const delta = (n: number) => `data: {"payload":{"type":"message.part.delta","n":${n}}}\n\n`;

test("pieces of text that come fast come together, all and in order", async (t) => {
  const words = Array.from({ length: 300 }, (_, n) => delta(n));
  const pieces = await piecesOf(t, words, 1);
  t.equal(pieces.join(""), words.join(""));
  t.ok(pieces.length < 200, `${pieces.length} pieces`);
});

test("pieces that come slowly, or are no text, are not held back", async (t) => {
  const slow = Array.from({ length: 5 }, (_, n) => delta(n));
  const pieces = await piecesOf(t, slow, 40);
  t.equal(pieces.join(""), slow.join(""));
  t.ok(pieces.length >= 3, `${pieces.length} pieces`);
  const idle = Array.from({ length: 5 }, (_, n) => `data: {"type":"session.idle","n":${n}}\n\n`);
  t.equal((await piecesOf(t, idle, 5)).join(""), idle.join(""));
});
