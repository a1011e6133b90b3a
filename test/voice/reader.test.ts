import { test, type Test } from "tap";
import { chooseSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { texts } from "../../src/texts/texts.ts";
import { Reader, type ReaderOptions } from "../../src/voice/reader.ts";
import { change, outboxRows, rows } from "../support/memory.ts";
import { giveSession } from "../support/session.ts";
import { speechServer } from "../support/speech-server.ts";
import { telegramChat, type TelegramChatOptions } from "../support/telegram-chat.ts";
import { until } from "../support/until.ts";

const key = "sk-secret-of-the-tests";

/** A chat in which the agent's answers are read aloud. */
async function speaking(t: Test, options: TelegramChatOptions = {}) {
  const { server, url } = await speechServer(t);
  const env = { TTS_API_URL: url, TTS_API_KEY: key, TTS_MODEL: "tts-1", TTS_VOICE: "alloy" };
  const all = await telegramChat(t, { ...options, env: { ...env, ...options.env } });
  const { app, store, rest, telegram } = all;
  const here = conversation(1000);
  await store.write((transaction) => chooseSettings(transaction, here, { voice: true }));
  let replies = 0;
  const replied = async (text: string, session?: string) => {
    replies += 1;
    const by = { idempotencyKey: undefined, digest: `${replies}`, session, call: undefined };
    const reply = { text, files: [], silent: false, isProgram: false, ...by };
    await app.replies.accept("default_agent", reply);
  };
  /** Resolves when nothing is to be read any more, and everything was sent. */
  const quiet = async () => {
    await until(async () =>
      (await rows(store, "SELECT id FROM read_aloud"))[0] ? undefined : true,
    );
    await rest();
  };
  const shows = () =>
    telegram
      .chat()
      .filter(({ from }) => from === "bot")
      .map(({ text, file }) => (file ? `♪ ${file.bytes.subarray(37).toString()}` : text));
  const begin = (other: Partial<ReaderOptions> = {}) => {
    const { sender, keptFiles: files, log } = app;
    const reader =
      Object.keys(other).length === 0
        ? app.reader
        : new Reader({ store, speak: undefined, files, log, ...other });
    reader.start();
    sender.on("ended", () => reader.textSent());
    t.teardown(() => reader.stop());
    return reader;
  };
  return { ...all, server, url, replied, quiet, shows, begin };
}

test("an answer comes as a voice message after its text, in order, and silently", async (t) => {
  const { server, telegram, replied, quiet, shows, begin, log } = await speaking(t);
  begin();
  await replied("First.");
  await replied("Second.");
  await quiet();
  t.same(
    shows().filter((one) => !one.startsWith("♪")),
    ["First.", "Second."],
  );
  t.same(
    shows().filter((one) => one.startsWith("♪")),
    ["♪ First.", "♪ Second."],
  );
  for (const words of ["First.", "Second."]) {
    t.ok(shows().indexOf(words) < shows().indexOf(`♪ ${words}`), words);
  }
  const voices = telegram.calls.filter(({ method }) => method === "sendVoice");
  t.match(voices.at(0)?.payload, { disable_notification: true });
  t.equal(telegram.chat().at(-1)?.file?.name, "voice.ogg");
  t.match(telegram.chat().at(-1)?.message, { voice: {} });
  t.same(
    server.requests.map(({ fields }) => fields["input"]),
    ["First.", "Second."],
  );
  t.notMatch(log.lines.join(""), key);
});

test("a text never waits for a voice message, and one that others passed answers its text", async (t) => {
  const { server, replied, quiet, shows, begin, rest, telegram, app } = await speaking(t);
  const gate = Promise.withResolvers<void>();
  server.gate = gate.promise;
  begin();
  await replied("First.");
  await until(() => server.requests[0]);
  await replied("Second.");
  await rest();
  t.same(shows(), ["First.", "Second."], "though the first one is being read");
  gate.resolve();
  await quiet();
  t.same(shows(), ["First.", "Second.", "♪ First.", "♪ Second."]);
  const [first, second, read] = telegram.chat();
  t.equal(read?.reply_to, first?.message_id);
  t.not(second?.message_id, undefined);
  t.equal(await app.outbox.waiting(), 0);

  telegram.fault({ method: "sendVoice", kind: "slow", ms: 300, when: "before" });
  await replied("Third.");
  await until(() => (server.requests.length === 3 ? true : undefined));
  await until(
    async () =>
      (await outboxRows(app.store)).some(
        ({ method, state }) => method === "sendVoice" && state === "sending",
      ) || undefined,
  );
  await replied("Fourth.");
  await quiet();
  t.same(shows().slice(4), ["Third.", "Fourth.", "♪ Third.", "♪ Fourth."], "nor while one is sent");
});

test("nothing is read that is off, code alone, or no agent's words", async (t) => {
  const { app, server, replied, quiet, begin, write, rest } = await speaking(t);
  begin();
  await replied("```\nls\n```");
  const by = { idempotencyKey: undefined, digest: "p", session: undefined, call: undefined };
  await app.replies.accept(undefined, {
    text: "cron",
    files: [],
    silent: false,
    isProgram: true,
    ...by,
  });
  await write("/voice off");
  await replied("Quiet.");
  await rest();
  await quiet();
  t.same(server.requests, []);
});

test("what fails is told once for each outage, and the text comes all the same", async (t) => {
  const { server, replied, quiet, shows, begin, log } = await speaking(t);
  begin();
  const failing = [
    { status: 401 },
    { status: 429, headers: { "retry-after": "600" } },
    { status: 200, body: "{}" },
    "reset",
    "endless",
  ] as const;
  for (const [index, fault] of failing.entries()) {
    server.fault(fault);
    await replied(`${index}`);
    await quiet();
  }
  t.same(shows(), ["0", texts.voice.notAllowed, "1", "2", "3", "4"]);
  await replied("Works.");
  await quiet();
  server.fault("reset");
  await replied("Fails again.");
  await quiet();
  t.same(shows().slice(6), ["Works.", "♪ Works.", "Fails again.", texts.voice.notRead]);
  t.notMatch(log.lines.join(""), key);
});

test("a kill before the voice message is stored has it read again; after that it comes once", async (t) => {
  const { server, replied, quiet, shows, begin, store } = await speaking(t);
  const cut = begin({
    speak: (_text, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      ),
  });
  await replied("Once.");
  await until(
    async () => (await outboxRows(store)).some(({ state }) => state === "sent") || undefined,
  );
  await cut.stop();
  t.same(shows(), ["Once."]);
  begin();
  await quiet();
  t.same(shows(), ["Once.", "♪ Once."]);
  t.equal(server.requests.length, 1);
});

test("a voice message whose upload broke off is not sent again, since it may have arrived", async (t) => {
  const { app, telegram, replied, quiet, shows, begin } = await speaking(t);
  begin();
  telegram.fault({ method: "sendVoice", kind: "reset-after" });
  await replied("Once.");
  await quiet();
  t.same(shows(), ["Once.", "♪ Once.", texts.voice.notDelivered]);
  t.equal(await app.outbox.waiting(), 0);
});

test("what is too late, or was given up, is not read", async (t) => {
  const { server, replied, quiet, begin, store, rest } = await speaking(t);
  await replied("Late.");
  await rest();
  await change(store, "UPDATE read_aloud SET created_at = created_at - 660000");
  await replied("Given up.");
  await rest();
  await change(store, "UPDATE outbox SET state = 'failed' WHERE id = (SELECT max(id) FROM outbox)");
  begin();
  await quiet();
  t.same(server.requests, []);
});

test("the voice message of an agent that the chat does not talk to names it", async (t) => {
  const { app, agents, start, quiet, begin, telegram, rest } = await speaking(t);
  begin();
  await start("site");
  await giveSession(agents, "site", "ses_2");
  const by = { idempotencyKey: undefined, digest: "s", session: "ses_2", call: undefined };
  const reply = { text: "Deployed.", files: [], silent: false, isProgram: false, ...by };
  await app.replies.accept("site", reply);
  await quiet();
  await rest();
  const voice = telegram.calls.find(({ method }) => method === "sendVoice");
  t.match(voice?.payload["caption"], /site/);
  t.match(telegram.chat().at(-1), { text: /site/, reply_markup: undefined });
});

test("where nothing reads aloud any more, what was to be read is dropped", async (t) => {
  const { replied, quiet, begin, server, shows } = await speaking(t);
  await replied("Done.");
  begin({ speak: undefined });
  await quiet();
  t.same(shows(), ["Done."]);
  t.same(server.requests, []);
});

test("an agent lets no more than 20 answers wait to be read", async (t) => {
  const { replied, store } = await speaking(t);
  for (let count = 0; count < 22; count += 1) await replied(`${count}`);
  t.equal((await rows(store, "SELECT id FROM read_aloud")).length, 20);
});

test("/voice says how it is, changes it, and says what is missing", async (t) => {
  const { write, said, labels, presses } = await speaking(t);
  const { on, off, usage, notSet, labels: words } = texts.voice;
  t.same(await write("/voice"), [on]);
  t.same(labels(), [words.off]);
  await presses(words.off);
  t.equal(said().at(-1)?.text, off);
  t.same(labels(), [words.on]);
  t.same(await write("/voice ON"), [on]);
  t.same(await write("/voice loud"), [usage]);
  await write("/settings");
  t.match(said().at(-1)?.text, on);
  await presses(words.off);
  t.match(said().at(-1)?.text, off);

  const without = await telegramChat(t);
  for (const command of ["/voice", "/voice on", "/settings voice on"]) {
    t.same(await without.write(command), [notSet]);
  }
  t.same(await without.write("/voice off"), [off]);
});

test("nothing is read any more once that was turned off, not even what waits or is being read", async (t) => {
  const { server, replied, quiet, shows, begin, rest, store } = await speaking(t);
  const gate = Promise.withResolvers<void>();
  server.gate = gate.promise;
  begin();
  await replied("First.");
  await replied("Second.");
  await rest();
  await until(() => server.requests[0]);
  await store.write((transaction) =>
    chooseSettings(transaction, conversation(1000), { voice: false }),
  );
  gate.resolve();
  await quiet();
  t.same(shows(), ["First.", "Second."]);
  t.equal(server.requests.length, 1);
});
