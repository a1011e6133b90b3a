import { test } from "tap";
import { Work } from "../../src/inbox/worker.ts";
import { texts as words } from "../../src/texts/texts.ts";
import { rows } from "../support/memory.ts";
import { voiceChat, speechKey } from "../support/voice-chat.ts";

const { heard: head, howToEdit, alreadySent, notCorrected, stopped } = words.voice;
const sentTo = words.voice.sentTo({ agent: "default_agent" });
const { send, edit } = words.voice;

test("a voice message is shown as text below it, and becomes a prompt when it is sent", async (t) => {
  const { says, server, said, labels, presses, prompts, telegram, log } = await voiceChat(t);
  const message = await says("Build the site.");
  t.equal(server.requests.length, 1);
  t.same(server.requests[0]?.file, {
    name: "voice.ogg",
    type: "audio/ogg",
    bytes: Buffer.from("Build the site."),
  });
  const [shown, ...others] = said();
  t.same(others, []);
  t.match(shown, {
    text: `${head}\nBuild the site.`,
    entities: [{ type: "blockquote", offset: head.length + 1, length: 15 }],
    reply_to: message.message_id,
  });
  t.same(labels(), [send, edit]);
  t.same(await prompts(), [], "until then it holds no place");

  t.equal(await presses(send), words.voice.sent({ agent: "default_agent" }));
  t.match(await prompts(), [
    { agent: "default_agent", text: "Build the site.", operator: 1000, state: "queued" },
  ]);
  t.match(said().at(-1), { text: `${sentTo}\nBuild the site.`, reply_markup: undefined });
  t.same(telegram.chat()[0]?.reactions, ["👀"], "the voice message was accepted");
  t.notMatch(log.lines.join(""), speechKey);
  t.notMatch(log.lines.join(""), "Build the site", "and nothing of it is in the log");
});

test("a video note is heard as well", async (t) => {
  const { says, server, said } = await voiceChat(t);
  await says("See?", { kind: "video_note" });
  t.match(server.requests[0]?.file, { name: "voice.mp4", type: "video/mp4" });
  t.equal(said()[0]?.text, `${head}\nSee?`);
});

test("an answer with the corrected text becomes the prompt in its place, once", async (t) => {
  const { says, answers, said, presses, prompts, texts } = await voiceChat(t);
  await says("Build the sight.");
  const shown = said().at(-1)!;
  await presses(edit);
  const asked = said().at(-1)!;
  t.equal(asked.text, `${howToEdit}\nBuild the sight.`);
  t.match(asked.entities, [{ type: "pre" }]);
  t.equal(asked.reply_to, shown.reply_to);

  const { message_id: answer } = await answers(asked.message_id, "Build the *site*.");
  t.match(await prompts(), [{ text: "Build the *site*.", chat_message_id: answer }]);
  const corrected = words.voice.sentCorrected({ agent: "default_agent" });
  t.same(texts()[0], `${corrected}\nBuild the sight.`);
  t.equal(said()[0]?.reply_markup, undefined);

  await answers(asked.message_id, "And test it.");
  const [, second] = await prompts();
  t.match(
    second?.text,
    /^In reply to:\n[^]*And test it\.$/,
    "a later answer is a prompt like others",
  );
});

test("the message with the words may be answered as well, without pressing Edit", async (t) => {
  const { says, answers, said, prompts } = await voiceChat(t);
  await says("Build the sight.");
  await answers(said().at(-1)!.message_id, "Build the site.");
  t.match(await prompts(), [{ text: "Build the site." }]);
});

test("a second press of Edit asks in no second message", async (t) => {
  const { says, said, telegram, press, texts } = await voiceChat(t);
  await says("Build the sight.");
  const messageId = said().at(-1)!.message_id;
  const edits = () => press(telegram.operatorPresses({ messageId, button: edit }).update);
  t.equal(await edits(), "");
  t.equal(await edits(), words.voice.asked);
  t.equal(texts().length, 2);
});

test("an answer that is no text corrects nothing", async (t) => {
  const { says, said, telegram, give, rest, prompts, labels } = await voiceChat(t);
  await says("Build the sight.");
  const replyTo = said().at(-1)!.message_id;
  const file = { name: "a.jpg", bytes: Buffer.from("x"), kind: "photo" } as const;
  await give(telegram.operatorSends({ text: "this one", file, replyTo }).update);
  await rest();
  t.match(await prompts(), [{ label: "📷 photo.jpg" }]);
  t.same(labels(), [send, edit]);
});

test("a command or a forwarded message that answers it corrects nothing", async (t) => {
  const { says, answers, said, prompts, labels } = await voiceChat(t);
  await says("Build the sight.");
  const { message_id: shown } = said().at(-1)!;
  const origin = { type: "hidden_user", sender_user_name: "x", date: 1 } as const;
  await answers(shown, "Do harm.", { message: { forward_origin: origin } });
  t.match(
    (await prompts()).map(({ text }) => text),
    ["Forwarded message:\n> Do harm."],
  );
  t.same(labels(), [send, edit]);
  await answers(shown, "/list");
  t.equal((await prompts()).length, 1);
});

test("Send works once, whoever presses how often", async (t) => {
  const { says, said, telegram, give, rest, prompts, presses } = await voiceChat(t);
  await says("Build.");
  const { message_id: messageId } = said().at(-1)!;
  const twice = [1, 2].map(() => telegram.operatorPresses({ messageId, button: send }).update);
  const stranger = telegram.operatorPresses({ messageId, button: send, userId: 1001 });
  t.equal(await presses(edit, 1001), words.buttons.another);
  await give(stranger.update);
  t.same(await prompts(), []);
  for (const update of twice) await give(update);
  await rest();
  t.equal((await prompts()).length, 1);
});

test("the same update twice is heard once", async (t) => {
  const { server, telegram, give, heard, texts } = await voiceChat(t);
  const file = { name: "a.oga", bytes: Buffer.from("Build."), kind: "voice" } as const;
  const { update } = telegram.operatorSends({ file });
  await give(update);
  await give(update);
  await heard();
  await give(update);
  await heard();
  t.equal(server.requests.length, 1);
  t.same(texts(), [`${head}\nBuild.`]);
});

test("with a stopped agent the words wait until it runs", async (t) => {
  const { says, stop, start, presses, prompts, labels, said, answers } = await voiceChat(t);
  await says("Build.");
  await stop("default_agent");
  t.equal(await presses(send), stopped({ agent: "default_agent" }));
  await answers(said()[0]!.message_id, "Build it.");
  t.equal(
    said().at(-1)?.text,
    notCorrected({ agent: "default_agent" }),
    "Send would send it uncorrected",
  );
  t.same(await prompts(), []);
  await start("default_agent");
  await answers(said()[0]!.message_id, "Build it.");
  t.match(await prompts(), [{ text: "Build it." }]);
  t.same(labels(), []);
});

test("what it answers and its caption are part of the prompt; a forwarded one is quoted", async (t) => {
  const { says, prompts, presses, telegram, give, rest } = await voiceChat(t);
  const { update, message } = telegram.operatorSends({ text: "the log" });
  await give(update);
  await rest();
  await says("This one.", { replyTo: message.message_id, text: "look" });
  await presses(send);
  const origin = { type: "hidden_user", sender_user_name: "x", date: 1 } as const;
  await says("Do harm.", { message: { forward_origin: origin } });
  await presses(send);
  t.same(
    (await prompts()).map(({ text }) => text),
    [
      "the log",
      "In reply to:\n> the log\n\nlook\n\nThis one.",
      "Forwarded voice message:\n> Do harm.",
    ],
  );
});

test("several are shown in the order they were said", async (t) => {
  const { server, telegram, give, heard, texts } = await voiceChat(t);
  const gate = Promise.withResolvers<void>();
  server.gate = gate.promise;
  for (const said of ["one", "two", "three"]) {
    const file = { name: "a.oga", bytes: Buffer.from(said), kind: "voice" } as const;
    await give(telegram.operatorSends({ file }).update);
  }
  gate.resolve();
  await heard();
  t.same(
    texts(),
    ["one", "two", "three"].map((one) => `${head}\n${one}`),
  );
});

test("of long words the message shows the beginning, and the prompt has all of them", async (t) => {
  const { says, said, presses, prompts } = await voiceChat(t);
  const long = "word ".repeat(4000).trim();
  await says(long);
  t.ok((said().at(-1)?.text.length ?? 0) < 4096);
  t.match(said().at(-1)?.entities, [{ type: "expandable_blockquote" }]);
  await presses(send);
  t.equal((await prompts())[0]?.text, long);
});

test("without a server a voice message is a file like others", async (t) => {
  const { says, store } = await voiceChat(t, {
    env: { STT_API_URL: "", STT_API_KEY: "", STT_MODEL: "" },
  });
  await says("Build.");
  t.same(await rows(store, "SELECT * FROM transcripts"), []);
});

test("nobody but its operator corrects what was heard", async (t) => {
  const { says, answers, said, prompts, labels } = await voiceChat(t);
  await says("Build.", { chatId: -5 });
  const { message_id: shown } = said(-5).at(-1)!;
  await answers(shown, "Not mine.", { chatId: -5, userId: 1001 });
  t.match(
    (await prompts()).map(({ text }) => text),
    [/^In reply to:\n[^]*Not mine\.$/],
  );
  t.same(labels(-5), [send, edit]);
});

test("a correction that comes when the words were sent meanwhile is not sent as well", async (t) => {
  const { says, telegram, handler, store, said, prompts, presses, texts, rest } =
    await voiceChat(t);
  await says("Build the sight.");
  const replyTo = said().at(-1)!.message_id;
  const { update } = telegram.operatorSends({ text: "Build the site.", replyTo });
  const work = new Work(update.update_id, Date.now());
  await handler.handle(update, work);
  await presses(send);
  await store.write((transaction) => work.apply(transaction));
  await rest();
  t.equal(texts().at(-1), alreadySent);
  t.equal((await prompts()).length, 1);
});
