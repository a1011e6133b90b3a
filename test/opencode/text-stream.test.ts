import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { test, type Test } from "tap";
import { ChunkedBody } from "../../src/opencode/chunked-body.ts";
import { restWhileDense } from "../../src/opencode/dense-text.ts";
import { HeadReader } from "../../src/opencode/response-head.ts";
import { TextStream } from "../../src/opencode/text-stream.ts";

const head =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const words = "data: ü🙂 one\r\n\r\ndata: two\n\n";

/** Bytes as chunks of so many; the last one ends the body. */
function chunked(text: string, size: number): Buffer {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    const framing = chunk.length.toString(16).toUpperCase();
    chunks.push(Buffer.from(`${framing}${at % 2 ? ";name=value" : ""}\r\n`), chunk);
    chunks.push(Buffer.from("\r\n"));
  }
  return Buffer.concat([...chunks, Buffer.from("0\r\ntrailer: x\r\n\r\n")]);
}

/** What is read of an answer that comes in two pieces, cut there. */
function bodyOf(answer: Buffer, cut: number): { status: number | undefined; body: string } {
  const reader = new HeadReader();
  const body = new ChunkedBody();
  const read: Buffer[] = [];
  for (const piece of [answer.subarray(0, cut), answer.subarray(cut)].map((one) =>
    Buffer.from(one),
  )) {
    const from = reader.head ? 0 : reader.take(piece, piece.length);
    if (!reader.head) continue;
    const rest = piece.subarray(from);
    read.push(Buffer.from(rest.subarray(0, body.take(rest, rest.length))));
  }
  return { status: reader.head?.status, body: Buffer.concat(read).toString() };
}

test("an answer is read the same wherever the connection cuts it", async (t) => {
  for (const size of [1, 3, 16, 1000]) {
    const early = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    const answer = Buffer.concat([Buffer.from(early + head), chunked(words, size)]);
    const cuts = Array.from({ length: answer.length }, (_, cut) => bodyOf(answer, cut));
    t.same(
      [...new Set(cuts.map((one) => JSON.stringify(one)))],
      [JSON.stringify({ status: 200, body: words })],
    );
  }
});

test("what is no answer, or no chunked body, is refused", async (t) => {
  for (const bytes of ["SSH-2.0-x\r\n\r\n", "HTTP/2 200\r\n\r\n", "a".repeat(40_000)]) {
    t.throws(() => new HeadReader().take(Buffer.from(bytes), bytes.length), bytes.slice(0, 20));
  }
  const fffffffffff = "f".repeat(11);
  for (const bytes of [
    "\r\n",
    "x\r\n",
    "1x\r\n",
    `${fffffffffff}\r\n`,
    "1\r\nab\r\n",
    "1\r\na1\r\n",
  ]) {
    t.throws(() => new ChunkedBody().take(Buffer.from(bytes), bytes.length), bytes);
  }
});

/** A stream from a server that does this with each connection. */
async function streamOf(
  t: Test,
  serve: (socket: Socket) => void,
  {
    restAfter = () => 0,
    signal = new AbortController().signal,
  }: {
    restAfter?: (text: string) => number;
    signal?: AbortSignal;
  } = {},
) {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("data", (request) => {
      asked.push(String(request));
      serve(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`);
  return { asked, stream: new TextStream({ url, headers: { own: "x" }, signal, restAfter }) };
}

async function textOf(stream: TextStream): Promise<string> {
  let text = "";
  for await (const piece of stream) text += piece;
  return text;
}

test("words come whole, byte by byte too, and the end of the body is the end", async (t) => {
  const { asked, stream } = await streamOf(t, (socket) => {
    void (async () => {
      for (const byte of Buffer.concat([Buffer.from(head), chunked(words, 2)])) {
        socket.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
    })();
  });
  t.equal(await stream.status(), 200);
  t.equal(await textOf(stream), words);
  t.match(asked, [
    /^GET \/a\?b=c HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nown: x\r\nconnection: close\r\n\r\n$/,
  ]);
});

test("a body that is not chunked lasts as long as its connection", async (t) => {
  const { stream } = await streamOf(t, (socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${words}`));
  t.equal(await textOf(stream), words);
});

test("a stream that breaks off, is no HTTP or is ended by its reader says so", async (t) => {
  const broken = await streamOf(t, (socket) => socket.end(`${head}3\r\nab`));
  t.equal(await broken.stream.status(), 200);
  await t.rejects(textOf(broken.stream), { message: "the connection broke off" });
  const none = await streamOf(t, (socket) => socket.end());
  await t.rejects(none.stream.status(), { message: "the connection broke off" });
  const other = await streamOf(t, (socket) => socket.end("SSH-2.0-x\r\n\r\n"));
  await t.rejects(other.stream.status(), { message: "the server does not speak HTTP/1.1" });
  const ended = new AbortController();
  const { signal } = ended;
  const open = await streamOf(t, (socket) => socket.write(`${head}2\r\nab\r\n`), { signal });
  t.equal(await open.stream.status(), 200);
  const read = textOf(open.stream);
  ended.abort();
  await t.rejects(read, { name: "AbortError" });
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
    { restAfter: () => 40 },
  );
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  t.equal(pieces.join(""), sent.join(""));
  t.ok(pieces.length < 50, `${pieces.length} pieces`);
});

const delta = `data: {"payload":{"type":"message.part.delta","properties":{"delta":"x"}}}\n\n`;
const idle = `data: {"payload":{"type":"session.idle"}}\n\n`;

test("only pieces of a text that come fast may rest", async (t) => {
  const rest = restWhileDense();
  const [first, second] = [rest(delta), rest(delta)];
  t.equal(first, 0, "the first word is shown at once");
  t.ok(second > 0);
  t.equal(rest(idle), 0);
  t.equal(rest(`${delta}${delta}${idle}`), 0, "what ends a turn is the newest");
  t.ok(rest(`${idle}${delta}${delta}`) > 0);
  t.equal(rest(`${delta}${delta}data: {"payl`), 0, "it is not known what comes");
  await pause(40);
  t.equal(rest(delta), 0, "they come slowly");
  await pause(40);
  t.ok(rest(delta + delta) > 0, "they came fast");
});
