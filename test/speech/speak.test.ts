import { test } from "tap";
import { speak } from "../../src/speech/speak.ts";
import { speechServer, spokenBytes } from "../support/speech-server.ts";

const { signal } = new AbortController();

test("a text is spoken as Opus in Ogg, by the model and the voice that were chosen", async (t) => {
  const { server, url } = await speechServer(t);
  const by = { url, key: "sk-secret-key", model: "tts-1", voice: "alloy" };
  t.same(await speak(by, "Done.", { signal }), spokenBytes("Done."));
  t.same(server.requests, [
    {
      path: "/v1/audio/speech",
      authorization: "Bearer sk-secret-key",
      fields: { model: "tts-1", voice: "alloy", input: "Done.", response_format: "opus" },
      file: undefined,
    },
  ]);
});

test("what is no Opus in Ogg is not taken for a voice message", async (t) => {
  const { server, url } = await speechServer(t);
  const by = { url, key: undefined, model: "tts-1", voice: "alloy" };
  const vorbis = Buffer.concat([
    Buffer.from("OggS"),
    Buffer.alloc(24),
    Buffer.from("\u0001vorbis"),
  ]);
  for (const body of ['{"error":"no"}', "", "ID3", vorbis]) {
    server.fault({ status: 200, body });
    await t.rejects(
      speak(by, "Done.", { signal }),
      Object.assign(new Error(), { fault: "unusable" }),
    );
  }
  server.fault("endless");
  await t.rejects(
    speak(by, "Done.", { signal }),
    Object.assign(new Error(), { fault: "unusable" }),
  );
  server.fault("hang");
  await t.rejects(
    speak(by, "Done.", { signal, timeoutMs: 50 }),
    Object.assign(new Error(), { fault: "unanswered" }),
  );
});
