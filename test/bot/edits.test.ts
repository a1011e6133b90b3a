import type { Update } from "grammy/types";
import { test } from "tap";
import { chat } from "../support/bot-chat.ts";
import { change, rows } from "../support/memory.ts";
import { message, update } from "../support/updates.ts";

const edit = (updateId: number, messageId: number, fields: object): Update => ({
  update_id: updateId,
  edited_message: {
    ...message({ message_id: messageId, ...fields }),
    edit_date: Math.floor(Date.now() / 1000),
  },
});

test("an edit changes the prompt of a message that waits, without a word", async (t) => {
  const { give, prompts, store } = await chat(t);
  const quote = { reply_to_message: { ...message({ text: "which?" }), message_id: 3 } };
  await give(update(1, { message_id: 10, text: "frist", ...quote }));
  t.same(await give(edit(2, 10, { text: "first", ...quote })), []);
  const quoted = "In reply to:\n> which?\n\n";
  t.match(await prompts(), [{ text: `${quoted}first`, state: "receiving" }]);
  await change(store, "UPDATE prompts SET state = 'queued'");
  t.same(
    await give(
      edit(3, 10, { text: "the first", entities: [{ type: "bold", offset: 4, length: 5 }] }),
    ),
    [],
  );
  t.match(await prompts(), [{ text: `${quoted}the **first**`, state: "queued" }]);
  t.same(
    await give(
      edit(3, 10, { text: "the first", entities: [{ type: "bold", offset: 4, length: 5 }] }),
    ),
    [],
  );
  t.match(await prompts(), [{ revision: 2 }], "the same edit again is none");
});

test("an edit changes one part of a prompt of several messages", async (t) => {
  const { give, prompts } = await chat(t);
  const date = Math.floor(Date.now() / 1000);
  const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 };
  await give(update(1, { message_id: 10, date, text: "Summarise this:" }));
  await give(update(2, { message_id: 11, date, text: "a story", forward_origin }));
  await give(edit(3, 10, { text: "Translate this:" }));
  await give(update(4, { message_id: 20, date, text: "a".repeat(4096) }));
  await give(update(5, { message_id: 21, date, text: "b".repeat(4096) }));
  await give(edit(6, 21, { text: "c" }));
  await give(update(7, { message_id: 22, date: date + 1, text: "end" }));
  t.match(await prompts(), [
    { text: "Translate this:\n\nForwarded message:\n> a story" },
    { text: `${"a".repeat(4096)}c` },
    { text: "end" },
  ]);
});

test("an edit that comes too late changes nothing, says so, and can be sent as a message of its own", async (t) => {
  const { give, press, prompts, store, stop } = await chat(t);
  await give(update(1, { message_id: 10, text: "delete a" }));
  for (const state of ["delivering", "running", "done", "failed"]) {
    await change(store, "UPDATE prompts SET state = ?", state);
    t.same(await give(edit(2, 10, { text: "delete b" })), [
      "Too late: default_agent already has the old version of this message. Send the new version as a separate message?",
    ]);
    t.match(await prompts(), [{ text: "delete a", state }]);
  }
  t.same(
    await give(edit(3, 10, { text: "delete a" })),
    [],
    "nothing was changed, such as a link's preview",
  );
  t.match(await press("Send the new version"), { 1: "Sent to default_agent as a new message." });
  t.match(await prompts(), [{ text: "delete a" }, { text: "delete b", state: "queued" }]);
  await give(edit(4, 10, { text: "delete c" }));
  t.match(await prompts(), [{ text: "delete a" }, { text: "delete c" }]);

  await change(store, "UPDATE prompts SET state = 'cancelled'");
  t.match(await give(edit(5, 10, { text: "delete d" })), [
    /^Not changed: this message was dropped\./,
  ]);
  await stop("default_agent");
  t.match(await press("Send the new version"), { 1: /^default_agent is starting and will get/ });
  t.match((await prompts()).at(-1), { text: "delete d", state: "queued" });
});

test("an edit gives no command, and a message that is no prompt becomes none by it", async (t) => {
  const { give, prompts, store } = await chat(t, { ALLOW_SHELL: "true" });
  await give(update(1, { message_id: 10, text: "stop" }));
  const before = await rows(store, "SELECT * FROM prompts");
  for (const text of ["/stop", "! rm -rf x"]) {
    t.match(await give(edit(2, 10, { text })), [
      /^Not changed: a message cannot be edited into a command\./,
    ]);
  }
  t.same(await rows(store, "SELECT * FROM prompts"), before);
  await give(update(3, { message_id: 11, text: "/list" }));
  t.match(await give(edit(4, 11, { text: "/stop" })), [/^Not done: an edit cannot give a command/]);
  await give(update(5, { message_id: 12, text: "! ls" }));
  t.match(await give(edit(6, 12, { text: "! ls -l" })), [
    /^Not done: an edit cannot give a command/,
  ]);
  t.match(await give(edit(7, 99, { text: "of long ago" })), [
    /^Not changed: this message is not waiting/,
  ]);
  t.same(await give(edit(8, 99, { text: undefined, location: {} })), [], "a place that moves");
  const group = { id: -100, type: "supergroup", title: "Group" };
  t.same(await give(edit(9, 98, { text: "/stop@another_bot", chat: group })), []);
  t.match(await prompts(), [{ text: "stop" }, { text: "! ls", kind: "shell" }]);
});

test("a prompt that is edited while it is being delivered is delivered as it is then", async (t) => {
  const { give, app } = await chat(t, { JOIN_MS: "0" });
  await give(update(1, { message_id: 10, text: "before" }));
  const known = (await app.prompts.head("default_agent"))!;
  await give(edit(2, 10, { text: "after" }));
  const attempt = { path: "api", sessionId: "ses_1" } as const;
  t.notOk(await app.prompts.attempt(known, attempt));
  const now = (await app.prompts.head("default_agent"))!;
  t.equal(now.text, "after");
  t.ok(await app.prompts.attempt(now, attempt));
});
