import { test } from "tap";
import { chat } from "../support/bot-chat.ts";
import { change } from "../support/memory.ts";
import { cut, longText } from "../support/split-text.ts";
import { update } from "../support/updates.ts";

const date = Math.floor(Date.now() / 1000);
const pasted = longText("paste");
const cuts = cut(pasted);
const piece = (index: number, fields: object = {}) =>
  update(100 + index, { message_id: 50 + index, date, text: cuts[index], ...fields });

test("a text that a client has split is one prompt, byte for byte, in whatever order its parts come", async (t) => {
  t.equal(pasted.length, 9500);
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
    [0, 0, 2, 1],
  ]) {
    const { give, prompts, store } = await chat(t);
    for (const index of order) {
      await give(piece(index));
      t.match(await prompts(), [{ state: "receiving" }], "it waits for the rest");
    }
    t.match(await prompts(), [{ text: pasted, state: "receiving" }]);
    await store.close();
  }
});

test("a long text alone waits for its rest, for a moment that does not depend on JOIN_MS", async (t) => {
  const { give, write, prompts, store, app } = await chat(t, { JOIN_MS: "0" });
  const before = Date.now();
  await give(piece(0));
  const [row] = (await prompts()) as unknown as { receive_until: number; state: string }[];
  t.ok(row && row.receive_until >= before + 1500 && row.receive_until <= Date.now() + 1500);
  // A part that comes late belongs to it while nothing was done with it.
  await change(store, "UPDATE prompts SET receive_until = 1");
  const head = await app.prompts.head("default_agent");
  await app.prompts.endReceiving(head?.id ?? 0, 1);
  t.match(await prompts(), [{ state: "queued" }]);
  await give(piece(1));
  t.match(await prompts(), [{ text: cuts[0]! + cuts[1]!, state: "receiving" }]);
  const attempt = { path: "api", sessionId: "ses_1" } as const;
  t.notOk(await app.prompts.attempt(head!, attempt), "what is known of it is no longer true");
  await change(store, "UPDATE prompts SET state = 'delivering'");
  await give(piece(2));
  t.match(await prompts(), [{ state: "delivering" }, { text: cuts[2], state: "queued" }]);
  await write("short");
  t.equal((await prompts()).length, 3);
});

test("nothing else joins a long text: another sender, place, agent or second, a forward, what follows the end", async (t) => {
  const { give, write, prompts, start } = await chat(t, { TELEGRAM_ALLOWED_USER_ID: "1000,1001" });
  const group = { id: -100, type: "supergroup", title: "Group" };
  const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 };
  await give(piece(0, { chat: group }));
  await give(piece(1));
  await give(piece(2, { chat: group, from: { id: 1001, is_bot: false, first_name: "Bo" } }));
  t.equal((await prompts()).length, 3);
  await give(update(110, { message_id: 60, date, text: "forwarded", forward_origin }));
  await give(update(111, { message_id: 61, date: date + 4, text: "later" }));
  t.equal((await prompts()).length, 5);
  await start("other");
  await write("/switch other");
  await give(update(112, { message_id: 62, date, text: "for another" }));
  t.equal((await prompts()).length, 6);
  await give(update(113, { message_id: 63, date, text: cuts[0] }));
  await give(update(114, { message_id: 64, date, text: "end" }));
  await give(update(115, { message_id: 65, date, text: cuts[0] }));
  t.match((await prompts()).slice(6), [{ text: `${cuts[0]}end` }, { text: cuts[0] }]);
});

test("a command right after a long text is one, but a line of the text that looks like one is none", async (t) => {
  const { give, write, prompts } = await chat(t);
  await give(piece(0));
  await give(update(120, { message_id: 60, date, text: "! rm -rf build\n/stop all" }));
  const one = [{ text: `${cuts[0]}! rm -rf build\n/stop all`, state: "receiving" }];
  t.match(await prompts(), one);
  await give(update(121, { message_id: 61, date: date + 9, text: cuts[0] }));
  const text = "/new\nline";
  const entities = [{ type: "bot_command", offset: 0, length: 4 }];
  await give(update(122, { message_id: 62, date: date + 9, text, entities }));
  t.match(await prompts(), [...one, { text: `${cuts[0]}${text}` }]);
  t.match(await write("/queue", { date: date + 9 }), [/2 messages wait/]);
  t.equal((await prompts()).length, 2);
});
