import { once } from "node:events";
import { Readable } from "node:stream";
import { test, type Test } from "tap";
import type { OpencodeClient } from "../../src/opencode/client.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { EventStream, type EventStreamOptions } from "../../src/opencode/events.ts";
import { keptLog } from "../support/app.ts";
import { server } from "../support/opencode.ts";

function follow(t: Test, client: OpencodeClient, options: Partial<EventStreamOptions> = {}) {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (what: string) => {
    told.push(what);
    for (const look of waiting) look();
  };
  const { kept, log } = keptLog();
  const stream = new EventStream({
    client,
    log,
    firstPauseMs: 1,
    longestPauseMs: 8,
    ...options,
  });
  stream.on("event", (event) => tell(event.type));
  stream.on("open", () => tell("open"));
  stream.on("closed", () => tell("closed"));
  t.teardown(() => stream.stop());
  /** Resolves once so much of this was told. */
  const heard = (what: string, times = 1) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (told.filter((one) => one === what).length < times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { stream, told, heard, log: kept };
}

test("events are told in order, and what cannot be read is passed over", async (t) => {
  const { opencode, client } = await server(t);
  const { stream, told, heard } = follow(t, client);
  t.equal(stream.isOpen, false);
  stream.start();
  stream.start();
  const response = await opencode.streamOpened();
  t.equal(stream.isOpen, false, "a connection that says nothing yet is not open");
  response.write(": comment\n\n");
  opencode.emit({ type: "server.connected" });
  response.write("data: {broken\n\ndata: null\n\ndata: 5\n\ndata: {}\n\n");
  const line = `data: ${JSON.stringify({ payload: { type: "session.idle", text: "ü🙂" } })}\n\n`;
  for (const byte of Buffer.from(line)) response.write(Buffer.of(byte));
  await heard("session.idle");
  t.same(told, ["open", "server.connected", "session.idle"]);
  t.equal(stream.isOpen, true);
  t.equal(opencode.streams, 1, "started once");
});

test("a stream that ends, breaks or is refused is opened again", async (t) => {
  const { opencode, client } = await server(t);
  const { stream, told, heard } = follow(t, client);
  stream.start();
  (await opencode.streamOpened()).end(opencode.line({ type: "server.connected" }));
  await heard("closed", 1);
  (await opencode.streamOpened(2)).write(opencode.line({ type: "server.connected" }));
  await heard("open", 2);
  (await opencode.streamOpened(2)).destroy();
  await heard("closed", 2);
  const { answer } = opencode;
  const refused = new Promise<void>((resolve) => {
    opencode.answer = (_, response) => {
      response.writeHead(503).end();
      opencode.answer = answer;
      resolve();
    };
  });
  (await opencode.streamOpened(3)).destroy();
  await refused;
  (await opencode.streamOpened(4)).write(opencode.line({ type: "server.connected" }));
  await heard("open", 3);
  const opened = ["open", "server.connected"];
  t.same(told, [...opened, "closed", ...opened, "closed", ...opened]);
  t.equal(stream.isOpen, true);
});

test("a stream that falls silent is opened again", async (t) => {
  const { opencode, client } = await server(t);
  const { answer } = opencode;
  opencode.answer = (seen, response) => {
    answer(seen, response);
    if (!response.writableEnded) response.write(opencode.line({ type: "server.connected" }));
  };
  const { stream, told, heard } = follow(t, client, { silenceMs: 100 });
  stream.start();
  const silent = await opencode.streamOpened();
  const dropped = once(silent, "close");
  await heard("closed");
  await dropped;
  await opencode.streamOpened(2);
  t.same(told.slice(0, 3), ["open", "server.connected", "closed"]);
  await stream.stop();

  opencode.answer = answer;
  const mute = follow(t, client, { firstWordMs: 30 });
  const before = opencode.streams;
  mute.stream.start();
  await opencode.streamOpened(before + 2);
  t.same(mute.told, [], "one that never says a word was never open");
});

test("pauses grow while nothing is heard and start over once something is", async (t) => {
  const pauses: unknown[] = [];
  const { EventStream: Measured } = await t.mockImport<{
    EventStream: typeof EventStream;
  }>("../../src/opencode/events.ts", {
    "node:timers/promises": { setTimeout: async (ms: number) => void pauses.push(ms) },
  });
  const end = Promise.withResolvers<void>();
  let attempts = 0;
  const client = {
    events: async () => {
      attempts += 1;
      if (attempts === 5) return Readable.from(['data: {"payload":{"type":"x"}}\n\n']);
      if (attempts === 8) end.resolve();
      if (attempts >= 8) return new Promise<never>(() => undefined);
      throw new OpencodeUnreachable("GET /global/event");
    },
  };
  const { log } = keptLog();
  const stream = new Measured({
    client,
    log,
    firstPauseMs: 100,
    longestPauseMs: 500,
  });
  stream.start();
  await end.promise;
  t.same(pauses, [100, 200, 400, 500, 100, 200, 400]);
});

test("stop ends an open stream, a silent one and a pause at once, and is told", async (t) => {
  const { opencode, client } = await server(t);
  const first = follow(t, client);
  first.stream.start();
  const response = await opencode.streamOpened();
  opencode.emit({ type: "server.connected" });
  await first.heard("open");
  const gone = once(response, "close");
  await first.stream.stop();
  await gone;
  t.same(first.told, ["open", "server.connected", "closed"]);
  t.equal(first.stream.isOpen, false);

  const silent = follow(t, client);
  silent.stream.start();
  await opencode.streamOpened(2);
  await silent.stream.stop();
  t.same(silent.told, []);

  await opencode.close();
  const paused = follow(t, client, { firstPauseMs: 3_600_000, longestPauseMs: 3_600_000 });
  paused.stream.start();
  await new Promise(setImmediate);
  await paused.stream.stop();
  t.same(paused.told, []);
});
