import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { test, type Test } from "tap";
import { restWhileDense } from "../../src/opencode/dense-text.ts";
import { openStream, textStream } from "../../src/opencode/text-stream.ts";

const head =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const words = "data: ü🙂 one\r\n\r\ndata: two\n\n";

/** Bytes as chunks of so many; the last one ends the body. */
function chunked(text: string, size: number): Buffer {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  return Buffer.concat([...chunks, Buffer.from("0\r\n\r\n")]);
}

/** A stream from a server that does this with each connection. */
async function streamOf(
  t: Test,
  serve: (socket: Socket) => void,
  restAfter: (text: string) => number = () => 0,
) {
  const ended = new AbortController();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("data", () => serve(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const response = await openStream(url, {}, ended.signal);
  return { stream: textStream(response, restAfter), end: () => ended.abort() };
}

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of stream) text += piece;
  return text;
}

test("words come whole, byte by byte too, and the end of the body is the end", async (t) => {
  const { stream } = await streamOf(t, (socket) => {
    void (async () => {
      for (const byte of Buffer.concat([Buffer.from(head), chunked(words, 2)])) {
        socket.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
    })();
  });
  t.equal(await textOf(stream), words);
});

test("a stream that breaks off, or is ended by its reader, says so", async (t) => {
  const broken = await streamOf(t, (socket) => socket.end(`${head}3\r\nab`));
  await t.rejects(textOf(broken.stream), { code: "ECONNRESET" });
  await t.rejects(
    streamOf(t, (socket) => socket.end()),
    { code: "ECONNRESET" },
  );
  const { stream, end } = await streamOf(t, (socket) => socket.write(`${head}2\r\nab\r\n`));
  const read = textOf(stream);
  end();
  await t.rejects(read);
});

test("what comes during a rest stays in the socket and comes together, in order", async (t) => {
  const sent = Array.from({ length: 100 }, (_, n) => `piece ${n}\n`);
  const { stream } = await streamOf(
    t,
    (socket) => {
      socket.write(head);
      void (async () => {
        for (const piece of sent) {
          socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
          await pause(1);
        }
        socket.end("0\r\n\r\n");
      })();
    },
    () => 40,
  );
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  t.equal(pieces.join(""), sent.join(""));
  t.ok(pieces.length < 50, `${pieces.length} pieces`);
});

test("what came during a rest is read at its end, all of it", async (t) => {
  const server = Promise.withResolvers<Socket>();
  const { stream } = await streamOf(
    t,
    (socket) => {
      socket.write(`${head}5\r\nfirst\r\n`);
      server.resolve(socket);
    },
    () => 40,
  );
  const socket = await server.promise;
  const pieces: string[] = [];
  for await (const piece of stream) {
    pieces.push(piece);
    if (pieces.length > 1) break;
    void (async () => {
      for (const word of ["1", "2", "3"]) {
        await pause(5);
        socket.write(`1\r\n${word}\r\n`);
      }
    })();
  }
  t.same(pieces, ["first", "123"]);
});

const delta = `data: {"payload":{"type":"message.part.delta","properties":{"delta":"x"}}}\n\n`;
const idle = `data: {"payload":{"type":"session.idle"}}\n\n`;

test("only pieces of a text that come fast may rest, and longer the faster they come", async (t) => {
  t.intercept(performance, "now", { value: () => now });
  let now = 1000;
  const after = (ms: number) => {
    now += ms;
  };
  const rest = restWhileDense();
  t.equal(rest(delta), 0, "the first word is shown at once");
  after(5);
  const short = rest(delta);
  t.ok(short > 0);
  after(5);
  t.equal(rest(delta.repeat(5)), short, "a bunch of them is no fast text yet");
  for (let bunch = 0; bunch < 10; bunch += 1) {
    after(5);
    rest(delta.repeat(5));
  }
  after(5);
  t.ok(rest(delta.repeat(5)) > short);
  after(5);
  t.equal(rest(idle), 0);
  after(5);
  t.equal(rest(`${delta}${delta}${idle}`), 0, "what ends a turn is the newest");
  after(5);
  t.ok(rest(`${idle}${delta}${delta}`) > 0);
  after(5);
  t.equal(rest(`${delta}${delta}data: {"payl`), 0, "it is not known what comes");
  after(40);
  t.equal(rest(delta), 0, "they come slowly");
  after(40);
  t.ok(rest(delta.repeat(3)) > 0, "they came fast");
});
