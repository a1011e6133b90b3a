import { test } from "tap";
import { texts } from "../../src/texts/texts.ts";
import { speechServer, spokenBytes } from "../support/speech-server.ts";
import { begun, sent, settled, stackMissing, startStage, until } from "../support/stage.ts";

const agent = "default_agent";
const { heard, notHeard, notRead, send, edit } = texts.voice;

test("voice messages both ways, on the real opencode", { skip: stackMissing() }, async (t) => {
  const { server, url } = await speechServer(t);
  const key = "sk-secret-of-the-stage";
  const stage = await startStage(t, {
    env: {
      STT_API_URL: url,
      STT_API_KEY: key,
      STT_MODEL: "whisper-1",
      TTS_API_URL: url,
      TTS_API_KEY: key,
      TTS_MODEL: "tts-1",
      TTS_VOICE: "alloy",
    },
  });
  const { telegram, model } = stage;
  model.script = ({ prompt }) => ({ text: `done: ${prompt.slice(0, 30)}` });
  const says = (words: string, kind: "voice" | "video_note" = "voice") =>
    telegram.operatorSends({ file: { name: "file_1.oga", bytes: Buffer.from(words), kind } });
  const shown = (text: string, since = 0) =>
    telegram.shown((message) => message.text === text, { since });
  const spoken = (words: string) =>
    telegram
      .chat()
      .filter(({ from, file }) => from === "bot" && file?.bytes.equals(spokenBytes(words)));

  await t.test(
    "what was said is shown, sent by its button, and answered with a voice",
    async (t) => {
      telegram.operatorSends({ text: "/voice on" });
      await shown(texts.voice.on);
      const { message } = says("Build the site.");
      const { message_id: messageId, reply_to } = await shown(`${heard}\nBuild the site.`);
      t.equal(reply_to, message.message_id);
      telegram.operatorPresses({ messageId, button: send });
      await shown("done: Build the site.");
      await until(() => spoken("done: Build the site.")[0]);
      const order = telegram.chat().map(({ text, file }) => text || file?.name);
      t.ok(order.indexOf("done: Build the site.") < order.lastIndexOf("voice.ogg"), "text first");
      t.equal(begun(stage, "Build the site."), 1);
      await settled(stage);
    },
  );

  await t.test("what was misheard is corrected by an answer", async (t) => {
    says("Build the sight.", "video_note");
    const { message_id: messageId } = await shown(`${heard}\nBuild the sight.`);
    telegram.operatorPresses({ messageId, button: edit });
    const asked = await telegram.shown(({ text }) => text.startsWith(texts.voice.howToEdit));
    telegram.operatorSends({ text: "Build the other site.", replyTo: asked.message_id });
    await shown("done: Build the other site.");
    await settled(stage);
    t.equal(begun(stage, "Build the other site."), 1);
    t.equal(begun(stage, "Build the sight."), 0);
  });

  await t.test(
    "with STT_SEND=at-once what is said goes before what is written after it",
    async (t) => {
      await sent(stage);
      await stage.stop();
      await stage.start({ STT_SEND: "at-once" });
      const gate = Promise.withResolvers<void>();
      server.gate = gate.promise;
      const asked = server.requests.length;
      says("Said first.");
      await until(() => server.requests[asked]);
      telegram.operatorSends({ text: "Written second." });
      const written = () => telegram.chat().find(({ text }) => text === "Written second.");
      await telegram.until(() => written()?.reactions[0]);
      gate.resolve();
      await shown("done: Written second.");
      const order = model.requests.map(({ prompt }) => prompt.split("\n").at(-1));
      t.ok(order.indexOf("Said first.") >= 0, "it reached the model");
      t.ok(order.indexOf("Said first.") < order.indexOf("Written second."), "before the other");
      t.equal(order.filter((one) => one === "Said first.").length, 1);
      await until(() => spoken("done: Written second.")[0]);
      await settled(stage);
    },
  );

  await t.test("when both services fail, the recording and the text go their way", async (t) => {
    const since = telegram.mark();
    server.fault({ status: 401 }, { status: 500 }, { status: 500 });
    says("unheard");
    const seen = await model.seen(({ prompt }) => prompt.includes("voice.ogg"));
    t.match(seen.prompt, /File `uploads\/\S+\/voice\.ogg`/);
    await shown(notHeard({ agent }), since);
    await shown(notRead, since);
    await settled(stage);
    t.notMatch(stage.logLines.join("\n"), key);
  });
});
