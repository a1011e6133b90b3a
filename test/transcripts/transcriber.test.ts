import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type Test } from "tap";
import { revokeAccess } from "../../src/bot/revoke-access.ts";
import { SpeechError } from "../../src/speech/speech-error.ts";
import { texts as words } from "../../src/texts/texts.ts";
import { moveTranscripts } from "../../src/transcripts/transcript-table.ts";
import {
  type Hear,
  Transcriber,
  type TranscriberOptions,
} from "../../src/transcripts/transcriber.ts";
import { DownloadError } from "../../src/telegram/download-error.ts";
import { rows } from "../support/memory.ts";
import { until } from "../support/until.ts";
import { voiceChat, speechKey } from "../support/voice-chat.ts";

const { heard: head, notHeard, noWords } = words.voice;

/** A transcriber of the test's own in place of the app's. */
async function transcribing(t: Test, options: Partial<TranscriberOptions> = {}) {
  const all = await voiceChat(t);
  const { app, store } = all;
  await app.transcriber.stop();
  const make = (more: Partial<TranscriberOptions> = {}) => {
    const transcriber = new Transcriber({
      store,
      download: app.downloadFile,
      hear: ({ path }) => readFile(path, "utf8"),
      prompted: async () => undefined,
      dir: join(app.config.dataDir, "voice"),
      log: app.log,
      ...options,
      ...more,
    });
    t.teardown(() => transcriber.stop());
    return transcriber;
  };
  return { ...all, make };
}

const never: Hear = (_recording, signal) =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );

test("a recording that cannot be heard goes to the agent itself, which is told once for each outage", async (t) => {
  const { says, server, texts, prompts, log, store } = await voiceChat(t);
  for (const fault of [
    { status: 401 },
    { status: 429, headers: { "retry-after": "600" } },
    "reset",
    "endless",
    { status: 200, body: "<html>" },
    { status: 403 },
  ] as const) {
    server.fault(fault);
    await says("Build.", { text: "look" });
  }
  t.same(texts(), [notHeard({ agent: "default_agent" })]);
  t.same(
    (await prompts()).map(({ text, state }) => [text, state]),
    Array.from({ length: 6 }, () => ["look", "receiving"]),
  );
  const files = "SELECT media, original, state FROM prompt_parts";
  const [first, ...others] = await rows(store, files);
  t.same(first, { media: "voice", original: "voice.ogg", state: "waiting" });
  t.equal(others.length, 5);
  await says("Works.");
  await says(" ");
  await says(" ");
  const agent = "default_agent";
  t.same(texts().slice(1), [`${head}\nWorks.`, noWords({ agent }), noWords({ agent })]);
  t.notMatch(log.lines.join(""), speechKey);
});

test("a recording without words is told as such, and hides no outage before or after it", async (t) => {
  const { says, server, texts } = await voiceChat(t);
  const agent = "default_agent";
  const outage = { status: 401 };
  for (const fault of [{ status: 200, body: '{"text":""}' }, outage, outage]) {
    server.fault(fault);
    await says("Build.");
  }
  await says(" ");
  server.fault(outage);
  await says("Build.");
  const told = [noWords, notHeard, noWords, notHeard].map((said) => said({ agent }));
  t.same(texts(), told);
});

test("what cannot be heard for a stopped agent is told each time", async (t) => {
  const { says, server, texts, prompts, stop } = await voiceChat(t);
  await stop("default_agent");
  for (const _ of [1, 2]) {
    server.fault({ status: 401 });
    await says("Build.");
    t.equal(texts().at(-1), words.voice.stoppedUnheard({ agent: "default_agent" }));
  }
  t.equal(texts().length, 2);
  t.same(await prompts(), []);
});

test("a stop or kill at any step is made up for by the next start, and nothing is left behind", async (t) => {
  const { telegram, give, make, heard, texts, app } = await transcribing(t);
  const file = { name: "a.oga", bytes: Buffer.from("Build."), kind: "voice" } as const;
  await give(telegram.operatorSends({ file }).update);

  let downloads = 0;
  const loading = make({
    download: (_id, _options, signal) => {
      downloads += 1;
      return new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(new DownloadError("again", "aborted"))),
      );
    },
  });
  await loading.start();
  await until(() => (downloads > 0 ? true : undefined));
  await loading.stop();

  let isHearing = false;
  const hearing = make({
    hear: (recording, signal) => {
      isHearing = existsSync(recording.path);
      return never(recording, signal);
    },
  });
  await hearing.start();
  await until(() => (isHearing ? true : undefined));
  await hearing.stop();
  t.same(texts(), []);

  const last = make();
  await last.start();
  await heard();
  t.same(texts(), [`${head}\nBuild.`]);
  await last.stop();
  t.same(readdirSync(join(app.config.dataDir, "voice")), []);
});

test("a download that may work later is tried again; what will not is left to the agent's file", async (t) => {
  const { telegram, says, make, texts, prompts } = await transcribing(t);
  const transcriber = make();
  await transcriber.start();
  telegram.fault({ method: "getFile", kind: "5xx" });
  await says("Build.");
  t.same(texts(), [`${head}\nBuild.`]);
  telegram.fault({ method: "getFile", kind: "refuse", description: "Bad Request: wrong file_id" });
  await says("one");
  await transcriber.stop();
  await make({ download: () => Promise.reject(new DownloadError("disk full", "ENOSPC")) }).start();
  await says("two");
  t.same(texts().length, 1, "what becomes of it is told where it is loaded");
  t.same(
    (await prompts()).map(({ state }) => state),
    ["receiving", "receiving"],
  );
});

test("one that cannot be loaded for long goes to the agent as a file, and holds up no other", async (t) => {
  const { telegram, give, make, heard, prompts, texts } = await transcribing(t);
  const speaks = (spoken: string) => {
    const file = { name: "a.oga", bytes: Buffer.from(spoken), kind: "voice" } as const;
    return give(telegram.operatorSends({ file }).update);
  };
  await speaks("one");
  await speaks("two");
  let downloads = 0;
  await make({
    loadWithinMs: 0,
    download: async (_id, { target }) => {
      downloads += 1;
      if (downloads === 1) throw new DownloadError("again", "502");
      await writeFile(target, "two");
      return 3;
    },
  }).start();
  await heard();
  t.match(await prompts(), [{ label: "🎤 voice.ogg", state: "receiving" }]);
  t.same(texts(), [`${head}\ntwo`]);
});

test("a recording of more than 20 MB is a file like others", async (t) => {
  const { telegram, give, store } = await voiceChat(t);
  const bytes = Buffer.from("large");
  const file = { name: "a.oga", bytes, kind: "voice", size: 21 * 1024 * 1024 } as const;
  await give(telegram.operatorSends({ file }).update);
  t.same(await rows(store, "SELECT id FROM transcripts"), []);
});

test("what an operator said whose access was revoked is neither heard nor shown", async (t) => {
  const { telegram, give, make, texts, server, store, heard } = await transcribing(t);
  const file = { name: "a.oga", bytes: Buffer.from("Build."), kind: "voice" } as const;
  await give(telegram.operatorSends({ file }).update);
  await revokeAccess(store, { chats: [2000], users: [2000] });
  await make().start();
  await heard();
  t.same(texts(), []);
  t.same(server.requests, []);
});

test("nor is it sent or shown when that happens while it is being heard", async (t) => {
  for (const outcome of ["heard", "failed", "failed for a stopped agent"]) {
    const { app, telegram, give, make, texts, store, prompts, stop } = await transcribing(t);
    const file = { name: "a.oga", bytes: Buffer.from("Build."), kind: "voice" } as const;
    await give(telegram.operatorSends({ file }).update);
    const hearing = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const transcriber = make({
      hear: async () => {
        hearing.resolve();
        await gate.promise;
        if (outcome !== "heard") throw new SpeechError("refused", "no");
        return "Build.";
      },
    });
    await transcriber.start();
    await hearing.promise;
    await revokeAccess(store, { chats: [2000], users: [2000] });
    if (outcome === "failed for a stopped agent") await stop("default_agent");
    gate.resolve();
    const dir = join(app.config.dataDir, "voice");
    await until(() => (readdirSync(dir).length === 0 ? true : undefined));
    await transcriber.stop();
    t.same([texts(), await prompts()], [[], []], outcome);
  }
});

test("a group that moves takes along what is heard in it", async (t) => {
  const { telegram, give, make, store, heard, said } = await transcribing(t);
  const file = { name: "a.oga", bytes: Buffer.from("Build."), kind: "voice" } as const;
  await give(telegram.operatorSends({ file, chatId: -5 }).update);
  await store.write((transaction) => moveTranscripts(transaction, "-5", "-100"));
  telegram.operatorSends({ text: "here", chatId: -100 });
  await make().start();
  await heard();
  t.equal(said(-100).at(-1)?.text, `${head}\nBuild.`);
});
