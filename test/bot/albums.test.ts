import type { Update } from "grammy/types";
import { test } from "tap";
import { PromptFiles } from "../../src/prompts/files.ts";
import { partsOf } from "../../src/prompts/parts.ts";
import type { Store } from "../../src/store/store.ts";
import { chat } from "../support/bot-chat.ts";
import { change, rows } from "../support/memory.ts";
import { message, update } from "../support/updates.ts";

const date = Math.floor(Date.now() / 1000);

/** The update of a photo of an album by its place there. */
const photo = (place: number, fields: object = {}) =>
  update(200 + place, {
    message_id: 70 + place,
    date,
    text: undefined,
    media_group_id: "77",
    photo: [
      { file_id: `file-${place}`, file_unique_id: `${place}`, width: 8, height: 8, file_size: 5 },
    ],
    ...fields,
  });

const idsOf = async (store: Store, id: number) => {
  const parts = await store.read((transaction) => partsOf(transaction, id));
  return parts.map((part) => (part.kind === "file" ? part.fileId : part.text));
};

test("an album is one prompt in the order of its messages, although they come shuffled and one twice", async (t) => {
  const { give, prompts, store } = await chat(t, { JOIN_MS: "0" });
  for (const place of [3, 0, 4, 0, 2, 1]) {
    await give(photo(place, place === 2 ? { caption: "Which is best?" } : {}));
    t.match(await prompts(), [{ state: "receiving" }]);
  }
  const [prompt] = (await prompts()) as unknown as { id: number; receive_until: number }[];
  t.same(await idsOf(store, prompt?.id ?? 0), [
    "file-0",
    "file-1",
    "Which is best?",
    "file-2",
    "file-3",
    "file-4",
  ]);
  t.match(await prompts(), [
    { text: "Which is best?", label: /^(📷 photo(-[2-5])?\.jpg(, |$)){5}$/u },
  ]);
  const ids = await rows<{ part_id: string }>(
    store,
    "SELECT part_id FROM prompt_parts ORDER BY chat_message_id",
  );
  const sorted = ids.map(({ part_id: id }) => id).toSorted();
  t.same(
    ids.map(({ part_id: id }) => id),
    sorted,
    "by these opencode orders them",
  );
  t.ok((prompt?.receive_until ?? 0) > Date.now(), "it waits for more");
});

test("a part of an album that comes late belongs to it while nothing was done with it", async (t) => {
  const { give, prompts, store, app } = await chat(t);
  const files = new PromptFiles(store);
  await give(photo(0, { caption: "all of them" }));
  await change(store, "UPDATE prompts SET receive_until = 1");
  for (const file of await files.due(Date.now(), 9)) await files.saved(file, 5);
  t.match(await prompts(), [{ state: "queued" }]);
  await change(store, "UPDATE prompt_messages SET taken_at = taken_at - 9500");
  await give(photo(1));
  const [prompt] = (await prompts()) as unknown as { id: number; receive_until: number }[];
  t.match(await prompts(), [{ state: "receiving" }]);
  t.ok((prompt?.receive_until ?? 0) <= Date.now() + 600, "an album is waited for 10 s in all");
  const head = await app.prompts.head("default_agent");
  t.equal(await app.prompts.endReceiving(head?.id ?? 0, head?.receiveUntil ?? 0), "loading");
  for (const file of await files.due(Date.now(), 9)) await files.saved(file, 5);
  await app.prompts.endReceiving(head?.id ?? 0, head?.receiveUntil ?? 0);
  t.match(await prompts(), [{ state: "queued" }]);
  await change(store, "UPDATE prompts SET state = 'running'");
  await give(photo(2));
  t.match(await prompts(), [{ state: "running" }, { state: "receiving" }]);
});

test("30 photos at once are three prompts, and what is no part of an album is not in it", async (t) => {
  const { give, write, prompts, store } = await chat(t);
  for (let place = 0; place < 30; place++) {
    await give(
      photo(place, {
        media_group_id: `${Math.floor(place / 10)}`,
        ...(place % 10 === 9 && { caption: "end" }),
      }),
    );
  }
  await give(photo(40, { media_group_id: undefined }));
  await give(
    photo(41, {
      media_group_id: "0",
      from: { id: 1000, is_bot: false },
      chat: { id: -100, type: "supergroup", title: "G" },
    }),
  );
  await write("a text");
  const all = (await prompts()) as unknown as { id: number }[];
  const counts = await Promise.all(all.map(async ({ id }) => (await idsOf(store, id)).length));
  t.same(counts, [11, 11, 11, 1, 1, 1]);
});

test("the caption of an album is kept although its own file is too large", async (t) => {
  const { give, prompts, store } = await chat(t);
  const video = { file_id: "v", file_unique_id: "v", width: 8, height: 8, duration: 1 };
  const large = { photo: undefined, video: { ...video, file_size: 3 * 1024 ** 3 } };
  t.match(await give(photo(0, { ...large, caption: "Cut these" })), [
    /^Not sent: .* is larger than/,
  ]);
  await give(photo(1));
  t.equal((await give(photo(2, large))).length, 1);
  const [prompt] = (await prompts()) as unknown as { id: number }[];
  t.same(await idsOf(store, prompt?.id ?? 0), ["Cut these", "file-1"]);
  t.equal((await prompts()).length, 1);
  const edited_message = {
    ...message(photo(0, { ...large, caption: "Cut this" }).message),
    edit_date: date,
  };
  t.same(await give({ update_id: 300, edited_message }), []);
  t.same(await idsOf(store, prompt?.id ?? 0), ["Cut this", "file-1"]);
});

test("a comment, the album that was forwarded with it and its captions are one prompt", async (t) => {
  const { give, write, prompts, store } = await chat(t);
  const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 };
  await write("Describe:", { message_id: 60, date });
  await give(photo(1, { forward_origin }));
  await give(photo(0, { forward_origin, caption: "a cat" }));
  const [prompt] = (await prompts()) as unknown as { id: number }[];
  t.same(await idsOf(store, prompt?.id ?? 0), [
    "Describe:",
    "Forwarded message:\n> a cat",
    "file-0",
    "Forwarded message:\n> (photo photo.jpg)",
    "file-1",
  ]);
  t.equal((await prompts()).length, 1);
});

test("the caption of a waiting album can be edited, and that of a running one not", async (t) => {
  const { give, prompts, store } = await chat(t);
  await give(photo(0));
  await give(photo(1));
  const edited = (caption: string | undefined) => {
    const edited_message = { ...message(photo(1).message), caption, edit_date: date };
    return { update_id: 300, edited_message } as Update;
  };
  t.same(await give(edited("Which one?")), []);
  t.match(await prompts(), [{ text: "Which one?" }]);
  t.same(await give(edited(undefined)), []);
  t.match(await prompts(), [{ text: "", label: "📷 photo.jpg, 📷 photo-2.jpg" }]);
  await change(store, "UPDATE prompts SET state = 'running'");
  t.match(await give(edited("Too late?")), [
    /^Too late: default_agent already has the old version/,
  ]);
  t.same(await give(edited(undefined)), []);
  const other = { ...photo(1).message?.photo?.[0], file_id: "other", file_size: 6 };
  const { edited_message } = edited(undefined);
  const exchanged = { update_id: 301, edited_message: { ...edited_message, photo: [other] } };
  t.match(await give(exchanged as Update), [/^Too late: /]);
  await change(store, "UPDATE prompts SET state = 'queued'");
  t.match(await give(exchanged as Update), [/^Not changed: an edit cannot replace a file\./]);
  t.match(await prompts(), [{ text: "", state: "queued" }]);
});

test("an album to a stopped agent is refused once, and sent again as a whole", async (t) => {
  const { give, press, prompts, store, stop, app } = await chat(t);
  await stop("default_agent");
  const said: unknown[] = [];
  for (const place of [1, 0, 2]) {
    said.push(...(await give(photo(place, place === 0 ? { caption: "Look" } : {}))));
    await change(store, "UPDATE updates SET state = 'done'");
  }
  t.match(said, ["Not sent: default_agent is stopped."]);
  t.equal(said.length, 1);
  await press("Start and send");
  const [prompt] = (await prompts()) as unknown as { id: number }[];
  t.same(await idsOf(store, prompt?.id ?? 0), ["Look", "file-0", "file-1", "file-2"]);
  t.equal((await prompts()).length, 1);
  t.equal((await rows(store, "SELECT id FROM prompt_parts")).length, 3);
  t.ok(await app.prompts.head("default_agent"));
});

test("that one file of an album is too large hides from nobody that the agent is stopped", async (t) => {
  const { give, press, prompts, store, stop } = await chat(t);
  await stop("default_agent");
  const video = { file_id: "v", file_unique_id: "v", width: 8, height: 8, duration: 1 };
  const large = { photo: undefined, video: { ...video, file_size: 3 * 1024 ** 3 } };
  t.match(await give(photo(0, large)), [/^Not sent: .* is larger than/]);
  await change(store, "UPDATE updates SET state = 'done'");
  t.match(await give(photo(1)), ["Not sent: default_agent is stopped."]);
  await change(store, "UPDATE updates SET state = 'done'");
  t.same(await give(photo(2)), []);
  await press("Start and send");
  const [prompt] = (await prompts()) as unknown as { id: number }[];
  t.match(await idsOf(store, prompt?.id ?? 0), ["v", "file-1", "file-2"]);
});

test("an album whose agent was stopped between its parts says so, once", async (t) => {
  const { give, press, prompts, store, stop } = await chat(t);
  t.same(await give(photo(0, { caption: "Look" })), []);
  await change(store, "UPDATE updates SET state = 'done'");
  await stop("default_agent");
  t.match(await prompts(), [{ state: "cancelled" }]);
  t.same(await give(photo(1)), [
    "Not sent: default_agent was stopped before your album was complete. Start it, then send the album again.",
  ]);
  await change(store, "UPDATE updates SET state = 'done'");
  t.same(await give(photo(2)), []);
  t.match(await press("Start default_agent"), [/./]);
  t.equal((await prompts()).length, 1);
});
