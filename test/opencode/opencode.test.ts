import { once } from "node:events";
import { test, type Test } from "tap";
import { OpencodeClient } from "../../src/opencode/client.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { EventStream, type EventStreamOptions } from "../../src/opencode/events.ts";
import { newId } from "../../src/opencode/ids.ts";
import { keptLog } from "../support/app.ts";
import { type Answer, OpencodeDouble } from "../support/opencode.ts";

const password = "server-password";

async function server(t: Test, answer?: Answer) {
  const opencode = new OpencodeDouble();
  if (answer) opencode.answer = answer;
  const url = await opencode.listen();
  t.teardown(() => opencode.close());
  const client = new OpencodeClient({ url, username: "operator", password, timeoutMs: 5000 });
  return { opencode, url, client };
}

test("an id has opencode's shape, carries its time, and never comes twice", async (t) => {
  const ids = Array.from({ length: 10_000 }, () => newId("msg", 1_700_000_000_000));
  t.equal(new Set(ids).size, ids.length);
  t.ok(ids.every((id) => /^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$/.test(id)));
  t.match(newId("prt"), /^prt_[0-9a-f]{12}[0-9A-Za-z]{14}$/);
  t.same(ids.slice(0, 4000), ids.slice(0, 4000).toSorted(), "in order within a millisecond");
  const low48 = (1_700_000_000_001n * 4096n + 1n) % 2n ** 48n;
  t.equal(newId("msg", 1_700_000_000_001).slice(4, 16), low48.toString(16).padStart(12, "0"));
  t.ok(newId("msg", 1) > newId("msg", 0));
});

test("every call and the event stream carry Basic auth, and none without a password", async (t) => {
  const { opencode, client, url } = await server(t);
  const directory = "/srv/a b";
  const request = "per_1";
  await client.createSession(directory, "title", { yolo: true, model: "p/m/x", variant: "v" });
  await client.session("ses_1");
  await client.statuses(directory);
  await client.permissions(directory);
  await client.questions(directory);
  await client.messages("ses_1", 5);
  await client.message("ses_1", "msg_1");
  await client.prompt("ses_1", directory, {
    messageId: "msg_1",
    partId: "prt_1",
    text: "x",
    model: "p/m",
  });
  await client.abort("ses_1", directory);
  await client.answerPermission(request, directory, "once");
  await client.answerQuestion(request, directory, [["a"]]);
  await client.rejectQuestion(request, directory);
  const ended = new AbortController();
  await client.events(ended.signal);
  ended.abort();

  const basic = `Basic ${Buffer.from(`operator:${password}`).toString("base64")}`;
  t.equal(opencode.seen.length, 14);
  t.ok(opencode.seen.every(({ authorization }) => authorization === basic));
  const where = "?directory=%2Fsrv%2Fa+b";
  t.match(opencode.seen, [
    { method: "GET", url: "/global/health" },
    {
      method: "POST",
      url: `/session${where}`,
      body: {
        title: "title",
        permission: [{ permission: "*", pattern: "*", action: "allow" }],
        model: { providerID: "p", id: "m/x", variant: "v" },
      },
    },
    { method: "GET", url: "/session/ses_1" },
    { url: `/session/status${where}` },
    { url: `/permission${where}` },
    { url: `/question${where}` },
    { url: "/session/ses_1/message?limit=5" },
    { url: "/session/ses_1/message/msg_1" },
    {
      method: "POST",
      url: `/session/ses_1/prompt_async${where}`,
      body: {
        messageID: "msg_1",
        parts: [{ id: "prt_1", type: "text", text: "x" }],
        model: { providerID: "p", modelID: "m" },
      },
    },
    { method: "POST", url: `/session/ses_1/abort${where}` },
    { url: `/permission/per_1/reply${where}`, body: { reply: "once" } },
    { url: `/question/per_1/reply${where}`, body: { answers: [["a"]] } },
    { method: "POST", url: `/question/per_1/reject${where}` },
    { url: "/global/event" },
  ]);
  const open = new OpencodeClient({ url, username: "operator", password: undefined });
  await open.createSession(directory, "t", { yolo: false, model: undefined, variant: undefined });
  t.same(opencode.seen.at(-1)?.body, { title: "t" });
  t.equal(opencode.seen.at(-1)?.authorization, undefined);
});

test("an error status is a refusal with its number, no answer is unreachable", async (t) => {
  const { opencode, client, url } = await server(t);
  for (const status of [400, 401, 404, 500, 503]) {
    opencode.answer = (_, response) => response.writeHead(status).end("secret page");
    const error: unknown = await client.session("ses_1").catch((caught: unknown) => caught);
    t.ok(error instanceof OpencodeRefused && error.status === status);
    t.notMatch((error as Error).message, /secret page|password/);
  }
  opencode.answer = (_, response) => response.writeHead(404).end();
  t.equal(await client.message("ses_1", "msg_none"), undefined);
  opencode.answer = (_, response) => response.writeHead(500).end();
  await t.rejects(client.message("ses_1", "msg_1"), OpencodeRefused);

  opencode.answer = (_, response) => response.destroy();
  await t.rejects(client.session("ses_1"), OpencodeUnreachable);
  opencode.answer = (_, response) => response.end("<html>not json");
  await t.rejects(client.session("ses_1"), OpencodeUnreachable);
  const impatient = new OpencodeClient({ url, username: "o", password, timeoutMs: 20 });
  await t.rejects(impatient.session("ses_1"), OpencodeUnreachable);
  opencode.answer = () => undefined;
  await t.rejects(impatient.session("ses_1"), OpencodeUnreachable);
  await opencode.close();
  await t.rejects(client.session("ses_1"), {
    name: "OpencodeUnreachable",
    message: "opencode did not answer GET /session/ses_1",
  });
  await t.rejects(client.events(new AbortController().signal), OpencodeUnreachable);
});

test("ids in an address cannot lead elsewhere", async (t) => {
  const { opencode, client } = await server(t);
  await client.session("../global/dispose?x=1");
  t.equal(opencode.seen.at(-1)?.url, "/session/..%2Fglobal%2Fdispose%3Fx%3D1");
});

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
    event: (event) => tell(event.type),
    open: () => tell("open"),
    closed: () => tell("closed"),
    log,
    firstPauseMs: 1,
    longestPauseMs: 8,
    ...options,
  });
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
      if (attempts === 5) return new Blob(['data: {"payload":{"type":"x"}}\n\n']).stream();
      if (attempts === 8) end.resolve();
      if (attempts >= 8) return new Promise(() => undefined);
      throw new OpencodeUnreachable("GET /global/event");
    },
  } as unknown as OpencodeClient;
  const nothing = () => undefined;
  const { log } = keptLog();
  const stream = new Measured({
    client,
    event: nothing,
    open: nothing,
    closed: nothing,
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
