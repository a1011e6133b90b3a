import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
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
import { DownloadError } from "../../src/telegram/files.ts";
import { rows } from "../support/memory.ts";
import { until } from "../support/until.ts";
import { voiceChat, speechKey } from "../support/voice-chat.ts";

const { heard: head, noWordsAtAll, notHeardAtAll, notHeard, noWords } = words.voice;

/** A transcriber of the test's own in place of the app's; `handOn` makes a prompt of each recording. */
async function transcribing(t: Test, options: Partial<TranscriberOptions> = {}) {
  const all = await voiceChat(t);
  const { app, store } = all;
  await app.transcriber.stop();
  const handedOn: number[] = [];
  const make = (more: Partial<TranscriberOptions> = {}) => {
    const transcriber = new Transcriber({
      store,
      download: app.downloadFile,
      hear: ({ path }) => readFile(path, "utf8"),
      isAsked: true,
      after: {
        prompted: async () => undefined,
        handOn: async (_transaction, { id }) => {
          handedOn.push(id);
          return "default_agent";
        },
      },
      dir: join(app.config.dataDir, "voice"),
      log: app.log,
      ...options,
      ...more,
    });
    t.teardown(() => transcriber.stop());
    return transcriber;
  };
  return { ...all, make, handedOn };
}

const never: Hear = (_recording, signal) =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );

test("what fails is told, of each where nothing else becomes of the recording", async (t) => {
  const { says, server, texts, prompts, log } = await voiceChat(t);
  for (const fault of [
    { status: 401 },
    { status: 429, headers: { "retry-after": "600" } },
    "reset",
    "endless",
    { status: 200, body: "<html>" },
  ] as const) {
    server.fault(fault);
    await says("Build.");
    t.equal(texts().at(-1), notHeardAtAll, JSON.stringify(fault));
  }
  await says(" ");
  t.equal(texts().at(-1), noWordsAtAll);
  t.equal(texts().length, 6);
  t.same(await prompts(), []);
  await says("Works.");
  t.equal(texts().at(-1), `${head}\nWorks.`);
  t.notMatch(log.lines.join(""), speechKey);
});

test("a recording that cannot be heard is handed on, which is told once for each outage", async (t) => {
  const { says, make, texts, handedOn, server, store } = await transcribing(t);
  let fault: Error | undefined = new SpeechError("refused", "no");
  const transcriber = make({
    hear: async () => {
      if (fault) throw fault;
      return "Works.";
    },
  });
  await transcriber.start();
  await says("one");
  await says("two");
  t.same(texts(), [notHeard({ agent: "default_agent" })]);
  t.equal(handedOn.length, 2);
  fault = undefined;
  await says("three");
  fault = new SpeechError("empty", "no");
  await says("four");
  await says("five");
  t.same(texts().slice(1), [`${head}\nWorks.`, noWords({ agent: "default_agent" })]);
  t.equal(handedOn.length, 4);
  t.same(server.requests, []);
  t.same(
    (await rows<{ state: string }>(store, "SELECT state FROM transcripts ORDER BY id")).map(
      ({ state }) => state,
    ),
    ["sent", "sent", "shown", "sent", "sent"],
  );
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

  await make().start();
  await heard();
  t.same(texts(), [`${head}\nBuild.`]);
  t.same(readdirSync(join(app.config.dataDir, "voice")), []);
});

test("a download that may work later is tried again, and one that will not is told", async (t) => {
  const { telegram, says, make, texts } = await transcribing(t);
  const transcriber = make();
  await transcriber.start();
  telegram.fault({ method: "getFile", kind: "5xx" });
  await says("Build.");
  t.same(texts(), [`${head}\nBuild.`]);
  telegram.fault({ method: "getFile", kind: "refuse", description: "Bad Request: wrong file_id" });
  await says("one");
  t.equal(texts().at(-1), words.voice.notLoaded);
  const bytes = Buffer.from("large");
  await says("", { file: { name: "a.oga", bytes, kind: "voice", size: 21 * 1024 * 1024 } });
  t.equal(texts().at(-1), words.voice.tooLarge);
  await transcriber.stop();
  await make({ download: () => Promise.reject(new DownloadError("disk full", "ENOSPC")) }).start();
  await says("two");
  t.equal(texts().at(-1), words.voice.diskFull);
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
