import { test } from "tap";
import { cancelPrompts } from "../../src/prompts/prompts.ts";
import { setReactions } from "../../src/prompts/reacted.ts";
import { texts as words } from "../../src/texts/texts.ts";
import { rows } from "../support/memory.ts";
import { voiceChat } from "../support/voice-chat.ts";

const sentTo = words.voice.sentTo({ agent: "default_agent" });
const { send, edit } = words.voice;
const atOnce = { env: { STT_SEND: "at-once" } };

test("with STT_SEND=at-once it is a prompt at once, marked, and shown", async (t) => {
  const { says, prompts, texts, labels, stop, app } = await voiceChat(t, atOnce);
  const { date } = await says("Build.");
  const [prompt, ...others] = await prompts();
  t.match(prompt, {
    text: "Transcribed from a voice message; words may be misheard.\n\nBuild.",
    sent_at: date * 1000,
    label: "",
    state: "receiving",
  });
  t.same(others, []);
  const { id = 0, receiveUntil = 0 } = (await app.prompts.head("default_agent")) ?? {};
  t.equal(await app.prompts.endReceiving(id, receiveUntil), "queued");
  t.same(texts(), [`${sentTo}\nBuild.`]);
  await stop("default_agent");
  await says("More.");
  t.equal((await prompts()).length, 1);
  t.same(labels(), [send, edit], "it waits for the agent");
});

test("then it has its place before what is written later, which joins it not", async (t) => {
  const { server, telegram, give, heard, prompts, app, write, rest } = await voiceChat(t, {
    env: { ...atOnce.env, JOIN_MS: "300" },
  });
  const gate = Promise.withResolvers<void>();
  server.gate = gate.promise;
  const file = { name: "a.oga", bytes: Buffer.from("First."), kind: "voice" } as const;
  const { update } = telegram.operatorSends({ file });
  await give(update);
  await give(update);
  const origin = { type: "hidden_user", sender_user_name: "x", date: 1 } as const;
  await give(telegram.operatorSends({ text: "log", message: { forward_origin: origin } }).update);
  const { message_id: id } = telegram.operatorSends({ text: "then this" }).message;
  await write("then this", { message_id: id });
  t.match(await app.prompts.head("default_agent"), {
    text: "",
    label: "🎤 voice.ogg",
    state: "receiving",
    receiveUntil: undefined,
  });
  gate.resolve();
  await heard();
  await rest();
  t.same(
    (await prompts()).map(({ text }) => text.split("\n").at(-1)),
    ["First.", "> log", "then this"],
  );
});

test("one that was dropped before it was heard is neither sent nor shown", async (t) => {
  const { server, telegram, give, heard, prompts, texts, store } = await voiceChat(t, atOnce);
  const gate = Promise.withResolvers<void>();
  server.gate = gate.promise;
  const file = { name: "a.oga", bytes: Buffer.from("First."), kind: "voice" } as const;
  await give(telegram.operatorSends({ file }).update);
  await store.write((transaction) => cancelPrompts(transaction, "default_agent"));
  gate.resolve();
  await heard();
  t.match(await prompts(), [{ text: "", state: "cancelled" }]);
  t.same(texts(), []);
});

test("what its operator reacted with before goes along with it", async (t) => {
  const { server, says, prompts, store } = await voiceChat(t, atOnce);
  const about = { conversation: "1000", operator: 1000, agent: "default_agent", session: "ses_1" };
  const react = (messageId: number) =>
    store.write((transaction) =>
      setReactions(transaction, {
        ...about,
        messageId,
        before: [],
        now: ["👍"],
        text: "Ok?",
        at: 1,
      }),
    );
  const note = "[the operator reacted 👍 to: Ok?]";
  await react(30);
  await says("Build.");
  await react(31);
  server.fault({ status: 401 });
  await says("More.", { text: "look" });
  t.match(
    (await prompts()).map(({ text }) => text.split("\n\n").slice(-2)),
    [
      ["Build.", note],
      ["look", note],
    ],
  );
});

test("one that cannot be heard goes in its place as a file", async (t) => {
  const { server, says, prompts, store } = await voiceChat(t, atOnce);
  server.fault({ status: 401 });
  await says("First.");
  t.match(await prompts(), [{ text: "", label: "🎤 voice.ogg", state: "receiving" }]);
  const files = "SELECT media, state FROM prompt_parts";
  t.same(await rows(store, files), [{ media: "voice", state: "waiting" }]);
});
