import { test } from "tap";
import { chat } from "../support/bot-chat.ts";
import { everySample, samples } from "../support/media.ts";
import { rows } from "../support/memory.ts";

const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 };

test("each kind of message becomes a prompt, or a sentence says why not", async (t) => {
  const { write, prompts, store } = await chat(t, { JOIN_MS: "0" });
  for (const [kind, { content, text, label = "", answer }] of Object.entries(everySample)) {
    const before = (await prompts()).length;
    const said = await write(undefined, content);
    const made = (await prompts()).slice(before);
    if (text === undefined) {
      t.same(made, [], kind);
      t.match(said, [answer], kind);
      continue;
    }
    t.same(said, [], kind);
    t.match(made, [{ text, label, state: label ? "receiving" : "queued" }], kind);
    t.equal(made.length, 1, kind);
  }
  const files = await rows<{ file_id: string }>(
    store,
    "SELECT file_id FROM prompt_parts WHERE media = 'photo' ORDER BY id",
  );
  t.same(files, [{ file_id: "largest" }, { file_id: "s" }], "the largest size of a photo");
});

test("the same update twice is one prompt with one file", async (t) => {
  const { give, prompts, store } = await chat(t);
  const { update } = await import("../support/updates.ts");
  const one = update(50, { text: undefined, ...samples.photo.content });
  await give(one);
  await give(one);
  t.equal((await prompts()).length, 1);
  t.equal((await rows(store, "SELECT id FROM prompt_parts")).length, 1);
});

test("files that are forwarded with a comment join it, each under a name of its own", async (t) => {
  const { write, prompts, store } = await chat(t, { JOIN_MS: "5000" });
  await write("Compare these:");
  await write(undefined, { ...samples.photo.content, forward_origin });
  await write(undefined, { ...samples.photo.content, caption: "mine", forward_origin });
  const forwarded = "Forwarded message:\n> (photo photo.jpg)\n\nForwarded message:\n> mine";
  t.match(await prompts(), [
    {
      text: `Compare these:\n\n${forwarded}`,
      label: "📷 photo.jpg, 📷 photo-2.jpg",
      state: "receiving",
    },
  ]);
  const parts = await rows(store, "SELECT name FROM prompt_parts ORDER BY chat_message_id, id");
  t.same(parts, [{ name: "photo.jpg" }, { name: "photo-2.jpg" }]);
});

test("an answer to a file says which one, and a caption is never a command", async (t) => {
  const { write, prompts } = await chat(t, { JOIN_MS: "0" });
  const reply_to_message = {
    message_id: 3,
    date: 1,
    chat: { id: 1000 },
    ...samples.document.content,
  };
  await write("shorter", { reply_to_message });
  const entities = [{ type: "bot_command", offset: 0, length: 5 }];
  await write(undefined, {
    ...samples.voice.content,
    caption: "/stop",
    caption_entities: entities,
  });
  t.match(await prompts(), [
    { text: "In reply to:\n> (document notes.txt)\n> read *this*\n\nshorter", label: "" },
    { text: "/stop", label: "🎤 voice.ogg" },
  ]);
});

test("a file that is too large is refused before it is loaded, with what can be done instead", async (t) => {
  const cloud = {
    TELEGRAM_API_ROOT: "https://api.telegram.org",
    PUBLIC_URL: "https://bot.example",
  };
  const large = { document: { file_id: "d", file_unique_id: "u", file_name: "a\u202eb.iso" } };
  const said = async (env: Record<string, string>, mb: number) => {
    const { write, prompts } = await chat(t, env);
    const document = { ...large.document, file_size: mb * 1024 * 1024 + 1 };
    const answers = await write(undefined, { document, caption: "burn it" });
    return [answers, (await prompts()).length];
  };
  t.match(await said(cloud, 20), [
    [/^Not sent: 📎 a\\u\{202e\}b\.iso is larger than 20 MB.* link .*TELEGRAM_API_ROOT/],
    0,
  ]);
  t.same(await said(cloud, 19), [[], 1]);
  t.same(await said({}, 1999), [[], 1], "a server of our own gives larger ones");
  t.match(await said({}, 2000), [[/is larger than 2000 MB.*Send a link/], 0]);
});

test("a file for an agent that is stopped is offered again, and nothing of it is kept", async (t) => {
  const { write, stop, prompts, press, store } = await chat(t);
  await stop("default_agent");
  t.match(await write(undefined, samples.photo.content), ["Not sent: default_agent is stopped."]);
  t.same(await prompts(), []);
  t.same(await rows(store, "SELECT id FROM prompt_parts"), []);
  await press("Start and send");
});

test("a prompt of files is shown by their names where prompts are listed", async (t) => {
  const { write } = await chat(t, { JOIN_MS: "0" });
  await write(undefined, samples.photo.content);
  await write(undefined, samples.document.content);
  const [queue = ""] = (await write("/queue")) as string[];
  t.match(queue, /^1\. 📷 photo\.jpg$/m);
  t.match(queue, /^2\. 📎 notes\.txt read \*this\*$/m);
});
