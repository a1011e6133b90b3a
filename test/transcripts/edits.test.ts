import type { Message, Update } from "grammy/types";
import { test, type Test } from "tap";
import { texts as words } from "../../src/texts/texts.ts";
import { change } from "../support/memory.ts";
import { voiceChat } from "../support/voice-chat.ts";

const { send, editTooLate } = words.voice;

/** A chat in which the captions of voice messages are edited. */
async function editing(t: Test, env: Record<string, string> = {}) {
  const all = await voiceChat(t, { env });
  let updateId = 9000;
  const recaptions = async (message: Message, caption: string) => {
    const edited = { ...message, caption, edit_date: message.date };
    updateId += 1;
    await all.give({ update_id: updateId, edited_message: edited } as Update);
    await all.rest();
  };
  /** A voice message that is being heard until the gate is opened. */
  const speaks = async (said: string, text: string) => {
    const gate = Promise.withResolvers<void>();
    all.server.gate = gate.promise;
    const file = { name: "a.oga", bytes: Buffer.from(said), kind: "voice" } as const;
    const { update, message } = all.telegram.operatorSends({ file, text });
    await all.give(update);
    return { message, open: gate.resolve };
  };
  const promptTexts = async () => (await all.prompts()).map(({ text }) => text);
  return { ...all, recaptions, speaks, promptTexts };
}

test("an edited caption is what goes along with the words, before and after they are heard", async (t) => {
  const { recaptions, speaks, heard, texts, presses, promptTexts } = await editing(t);
  const { message, open } = await speaks("This one.", "lok");
  await recaptions(message, "look");
  open();
  await heard();
  const shown = texts();
  t.equal(shown.length, 1);
  await recaptions(message, "look here");
  t.same(texts(), shown, "nothing is said of it");
  await presses(send);
  t.same(await promptTexts(), ["look here\n\nThis one."]);
});

test("with STT_SEND=at-once the place that was kept is filled with the edited caption", async (t) => {
  const { recaptions, speaks, heard, promptTexts, server } = await editing(t, {
    STT_SEND: "at-once",
  });
  const first = await speaks("This one.", "lok");
  await recaptions(first.message, "look");
  first.open();
  await heard();
  t.match(await promptTexts(), [/\n\nlook\n\nThis one\.$/]);
  const second = await speaks("Nothing.", "lok");
  await recaptions(second.message, "look");
  server.fault({ status: 401 });
  second.open();
  await heard();
  t.equal((await promptTexts()).at(-1), "look", "and so where the recording itself goes");
});

test("an edit of a caption says that it is too late once the words were sent, and offers no second prompt", async (t) => {
  const { recaptions, says, presses, texts, labels, promptTexts } = await editing(t);
  const message = await says("This one.", { text: "look" });
  await presses(send);
  const said = texts();
  await recaptions(message, "look");
  t.same(texts(), said, "nothing was changed");
  await recaptions(message, "look there");
  t.equal(texts().at(-1), editTooLate);
  t.same(labels(), []);
  t.same(await promptTexts(), ["look\n\nThis one."]);
});

test("an edit of a correction says why it changes nothing, and offers the new version", async (t) => {
  const { says, answers, said, give, rest, texts, labels, promptTexts, store } = await editing(t);
  await says("Build the sight.");
  const correction = await answers(said().at(-1)!.message_id, "Build the side.");
  let updateId = 9500;
  const edits = async (text: string) => {
    updateId += 1;
    const edited_message = { ...correction, text, edit_date: correction.date };
    await give({ update_id: updateId, edited_message });
    await rest();
    return texts().at(-1);
  };
  t.match(await edits("Build the site."), /^Not changed: a correction cannot be edited\./);
  t.same(labels(), [words.bot.sendAsItIs]);
  t.same(await promptTexts(), ["Build the side."]);
  await change(store, "UPDATE prompts SET state = 'running'");
  t.match(await edits("Build it."), /^Too late: default_agent already has the old version/);
});
