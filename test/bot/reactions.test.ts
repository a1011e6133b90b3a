import type { Update } from "grammy/types";
import { type Test, test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { say } from "../../src/outbox/say.ts";
import { moveReactions, pruneReactions, takeReactions } from "../../src/prompts/reacted.ts";
import { chat } from "../support/bot-chat.ts";
import { change, rows } from "../support/memory.ts";

let lastId = 5000;
const emoji = (list: string[]) => list.map((one) => ({ type: "emoji", emoji: one }));

const reaction = (
  messageId: number,
  before: string[],
  now: string[],
  fields: object = {},
): Update =>
  ({
    update_id: (lastId += 1),
    message_reaction: {
      chat: { id: 1000, type: "private", first_name: "Operator" },
      message_id: messageId,
      user: { id: 1000, is_bot: false, first_name: "Operator" },
      date: 1,
      old_reaction: emoji(before),
      new_reaction: emoji(now),
      ...fields,
    },
  }) as Update;

/** A chat in which messages of an agent were sent, by their numbers. */
async function spoken(t: Test, env: Record<string, string> = {}) {
  const all = await chat(t, { JOIN_MS: "0", ...env });
  const { store } = all;
  /** Says a text, of the agent in a session unless that is undefined, and gives its message this number. */
  const speak = async (
    messageId: number,
    text: string,
    session?: string,
    place = conversation(1000),
  ) => {
    const speech = session === undefined ? undefined : { agent: defaultAgent, session };
    await store.write((transaction) => say(transaction, place, text, { speech, kind: "reply" }));
    const sent =
      "UPDATE outbox SET state = 'sent', message_id = ? WHERE id = (SELECT max(id) FROM outbox)";
    await change(store, sent, messageId);
  };
  const last = async () => (await all.prompts()).at(-1)?.text;
  const kept = () => rows(store, "SELECT emoji FROM operator_reactions");
  return { ...all, speak, last, kept };
}

test("what an operator reacts with to an agent's words goes along with the next prompt, once", async (t) => {
  const { speak, give, write, last, kept } = await spoken(t);
  await speak(30, `Tests pass.\n${"All of them. ".repeat(20)}`, "ses_1");
  await speak(31, "Shall I commit?", "ses_1");
  t.same(await give(reaction(30, [], ["👍"])), []);
  await give(reaction(31, [], ["👍"]));
  await give(reaction(31, ["👍"], ["👎"]));
  await write("go on");
  t.match(
    await last(),
    /^go on\n\n\[the operator reacted 👍 to: Tests pass\..{60,70}…\]\n\[the operator reacted 👎 to: Shall I commit\?\]$/,
  );
  await write("and then");
  t.equal(await last(), "and then");
  await give(reaction(30, ["👍"], []));
  await give(reaction(31, ["👎"], ["👎", "❤"]));
  await give(reaction(30, [], ["👍"]));
  await give(reaction(30, ["👍"], []));
  t.same(await kept(), [{ emoji: "❤" }], "one that was taken back before the next prompt is none");
  await write("/sh ls");
  await write("end");
  t.equal(await last(), "end\n\n[the operator reacted ❤ to: Shall I commit?]");
});

test("the note stays where it is when the prompt is edited or grows", async (t) => {
  const { speak, give, write, last } = await spoken(t);
  await speak(30, "Done.", "ses_1");
  await give(reaction(30, [], ["👍"]));
  await write("frist", { message_id: 40 });
  const edited_message = {
    message_id: 40,
    date: 1,
    text: "first",
    from: { id: 1000, is_bot: false },
    chat: { id: 1000, type: "private" },
  };
  await give({ update_id: 9, edited_message } as Update);
  t.equal(await last(), "first\n\n[the operator reacted 👍 to: Done.]");
});

test("a reaction to anything but an agent's words, in the session it has, says and decides nothing", async (t) => {
  const { speak, give, write, last, kept, store } = await spoken(t);
  await speak(30, "default_agent wants to run: rm -rf x");
  await speak(31, "of a session before", "ses_0");
  await speak(32, "elsewhere", "ses_1", conversation(2000));
  for (const id of [7, 30, 31, 99]) t.same(await give(reaction(id, [], ["👍"])), []);
  await give(reaction(32, [], ["👍"], { chat: { id: 2000, type: "private" } }));
  const pack = [{ type: "custom_emoji", custom_emoji_id: "5" }, { type: "paid" }];
  await speak(33, "words", "ses_1");
  await give(reaction(33, [], [], { new_reaction: pack }));
  await write("go on");
  t.equal(await last(), "go on");
  t.same(await kept(), [{ emoji: "👍" }], "that of the other conversation waits there");
  await give(reaction(33, [], ["👍"]));
  await change(store, "UPDATE agents SET session_id = 'ses_2'");
  await write("anew");
  t.equal(await last(), "anew", "it means nothing to a new session");
});

test("with REACTIONS=off nothing is passed on, and what nobody asks for is removed in time", async (t) => {
  const off = await spoken(t, { REACTIONS: "off" });
  await off.speak(30, "Done.", "ses_1");
  await off.give(reaction(30, [], ["👍"]));
  await off.write("go on");
  t.equal(await off.last(), "go on");
  const { speak, give, kept, store } = await spoken(t);
  await speak(30, "Done.", "ses_1");
  await give(reaction(30, [], ["👍"]));
  const prune = (olderThan: number) =>
    store.write((transaction) => pruneReactions(transaction, olderThan, 10));
  t.same([await prune(1), (await kept()).length], [0, 1]);
  t.same([await prune(Date.now() + 1000), (await kept()).length], [1, 0]);
});

test("what was reacted with follows a group to its new number, whatever stands there already", async (t) => {
  const { speak, give, store } = await spoken(t);
  for (const [id, text] of [
    [-5, "old"],
    [-100, "new"],
  ] as const) {
    await speak(30, text, "ses_1", conversation(id));
    await give(reaction(30, [], ["👍"], { chat: { id, type: "supergroup", title: "G" } }));
  }
  const note = await store.write(async (transaction) => {
    await moveReactions(transaction, "-5", "-100");
    return takeReactions(transaction, { agent: defaultAgent, conversation: "-100" });
  });
  t.match(note, "to: old]");
  t.match(note, "to: new]");
});
