import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import { SpeechError } from "../../src/speech/speech-error.ts";
import { transcribe } from "../../src/speech/transcribe.ts";
import { tempDir } from "../support/app.ts";
import { SpeechServer, speechServer, type SpeechFaultPlan } from "../support/speech-server.ts";

const key = "sk-secret-key-of-the-tests";

async function hearing(t: Test) {
  const { server, url } = await speechServer(t);
  const path = join(tempDir(t), "1.oga");
  writeFileSync(path, "Build the site.");
  const hears = (
    kind: "voice" | "video" = "voice",
    {
      timeoutMs,
      signal = new AbortController().signal,
    }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ) =>
    transcribe(
      { url, key, model: "whisper-1" },
      { path, kind, seconds: 3 },
      { signal, timeoutMs, retryPauseMs: 1 },
    );
  const fault = async (plan: SpeechFaultPlan, timeoutMs?: number) => {
    server.fault(plan);
    const error = await hears("voice", { ...(timeoutMs !== undefined && { timeoutMs }) }).catch(
      (thrown: unknown) => thrown,
    );
    t.ok(error instanceof SpeechError, `${JSON.stringify(plan)} ${String(error)}`);
    const { fault: kind, message, stack } = error as SpeechError;
    t.notMatch(`${message}${stack}`, key);
    t.notMatch(`${message}${stack}`, url);
    return kind;
  };
  return { server, url, path, hears, fault };
}

test("a recording is uploaded as voice.ogg, byte for byte, with the model and the key", async (t) => {
  const { server, hears } = await hearing(t);
  t.equal(await hears(), "Build the site.");
  t.same(server.requests, [
    {
      path: "/v1/audio/transcriptions",
      authorization: `Bearer ${key}`,
      fields: { model: "whisper-1", response_format: "json" },
      file: { name: "voice.ogg", type: "audio/ogg", bytes: Buffer.from("Build the site.") },
    },
  ]);
});

test("a video note says that it is MPEG-4", async (t) => {
  const { server, hears } = await hearing(t);
  await hears("video");
  t.match(server.requests[0]?.file, { name: "voice.mp4", type: "video/mp4" });
});

test("a server without a key gets none", async (t) => {
  const { server, url, path } = await hearing(t);
  const { signal } = new AbortController();
  await transcribe(
    { url, key: undefined, model: "m" },
    { path, kind: "voice", seconds: 1 },
    { signal },
  );
  t.equal(server.requests[0]?.authorization, undefined);
});

test("what is heard has no control characters, and white space only inside", async (t) => {
  const { server, hears } = await hearing(t);
  server.heard = () => "  one\r\ntwo\u0000\u001B[31m \ud800three\n ";
  t.equal(await hears(), "one\ntwo[31m \ufffdthree");
  server.heard = () => "a".repeat(150_000);
  t.equal((await hears()).length, 100_000);
});

test("each fault says whether asking again could help", async (t) => {
  const { server, fault } = await hearing(t);
  t.equal(await fault({ status: 401 }), "refused");
  t.equal(await fault({ status: 400 }), "refused");
  t.equal(await fault({ status: 302, headers: { location: "http://127.0.0.1:1/" } }), "refused");
  t.equal(await fault({ status: 429, headers: { "retry-after": "3600" } }), "limited");
  t.equal(await fault({ status: 200, body: "<html>" }), "unusable");
  t.equal(await fault({ status: 200, body: "null" }), "unusable");
  t.equal(await fault({ status: 200, body: '{"text":7}' }), "unusable");
  t.equal(await fault({ status: 200, body: '{"text":" \\n "}' }), "empty");
  t.equal(await fault("endless"), "unusable");
  t.equal(await fault("reset"), "unanswered");
  t.equal(server.requests.length, 10, "none was asked twice");
  t.equal(await fault("hang", 50), "unanswered");
});

test("a server that did nothing is asked once more", async (t) => {
  const { server, path, hears } = await hearing(t);
  server.fault({ status: 429, headers: { "retry-after": "0" } });
  t.equal(await hears(), "Build the site.");
  server.fault({ status: 503 });
  t.equal(await hears(), "Build the site.");
  t.equal(server.requests.length, 4);
  server.fault({ status: 500 }, { status: 500 });
  await t.rejects(hears(), Object.assign(new Error(), { fault: "unreachable" }));
  const { signal } = new AbortController();
  const other = new SpeechServer();
  const closed = await other.listen();
  other.close();
  const gone = transcribe(
    { url: closed, key, model: "m" },
    { path, kind: "voice", seconds: 1 },
    { signal, retryPauseMs: 1 },
  );
  await t.rejects(gone, Object.assign(new Error(), { fault: "unreachable" }));
});

test("a signal ends it at once, and is no fault of the server", async (t) => {
  const { server, hears } = await hearing(t);
  server.fault("hang");
  const stop = new AbortController();
  const heard = hears("voice", { signal: stop.signal });
  stop.abort(new Error("stopped"));
  await t.rejects(heard, { message: "stopped" });
});
