import type { Update } from "grammy/types";
import { test } from "tap";
import { ignoredBecause } from "../../src/access/operators.ts";
import { me, message, press, update } from "../support/updates.ts";

const allowed = { chats: [1000, -100], users: [1000, 1001] };
const user = (id: number, fields: object = {}) => ({
  id,
  is_bot: false,
  first_name: "U",
  ...fields,
});
const group = { id: -100, type: "supergroup", title: "allowed" };
const foreignGroup = { id: -200, type: "supergroup", title: "foreign" };
const channel = { id: -100, type: "channel", title: "c" };
const other = (kind: string, content: object = message()) =>
  ({ update_id: 1, [kind]: content }) as Update;
const edited = (fields: object) => other("edited_message", message(fields));
const reaction = (fields: object) =>
  other("message_reaction", {
    chat: { id: 1000, type: "private" },
    message_id: 8,
    user: user(1000),
    date: 1,
    old_reaction: [],
    new_reaction: [],
    ...fields,
  });

test("only what an operator wrote, edited, pressed or reacted with in an allowed chat passes", async (t) => {
  const cardInGroup = { ...message(), from: me, chat: group };
  const passing: [string, Update][] = [
    ["operator in private", update(1)],
    ["operator in an allowed group", update(1, { chat: group })],
    [
      "operator in a topic",
      update(1, { chat: group, is_topic_message: true, message_thread_id: 5 }),
    ],
    ["second operator in the group", update(1, { chat: group, from: user(1001) })],
    ["photo of an operator", update(1, { text: undefined, photo: [] })],
    ["forwarded by an operator", update(1, { forward_origin: { type: "channel", chat: channel } })],
    ["edited in private", other("edited_message")],
    ["edited in an allowed group", other("edited_message", message({ chat: group }))],
    ["reaction in private", reaction({})],
    ["reaction in an allowed group", reaction({ chat: group })],
    ["press in private", press(1, "k")],
    ["press in an allowed group", press(1, "k", { message: cardInGroup })],
    ["press under a message too old to see", press(1, "k", { message: { ...message(), date: 0 } })],
  ];
  for (const [name, one] of passing) t.equal(ignoredBecause(one, allowed), undefined, name);

  const ignored: [string, Update, string][] = [
    [
      "stranger in private",
      update(1, { from: user(5), chat: { id: 5, type: "private" } }),
      "user not allowed",
    ],
    ["stranger in the operator's chat id", update(1, { from: user(5) }), "user not allowed"],
    [
      "group member who is not a user",
      update(1, { chat: group, from: user(5) }),
      "user not allowed",
    ],
    ["operator in a foreign group", update(1, { chat: foreignGroup }), "chat not allowed"],
    [
      "second operator in private, chat not allowed",
      update(1, { from: user(1001), chat: { id: 1001, type: "private" } }),
      "chat not allowed",
    ],
    ["private chat of somebody else", update(1, { from: user(1001) }), "chat not allowed"],
    ["no author", update(1, { from: undefined, chat: group }), "no sender"],
    ["bot", update(1, { from: user(1000, { is_bot: true }) }), "bot"],
    [
      "anonymous admin",
      update(1, { from: user(1087968824, { is_bot: true }), sender_chat: group, chat: group }),
      "bot",
    ],
    [
      "posting as a channel",
      update(1, { chat: group, sender_chat: { id: -7, type: "channel" } }),
      "sent as a channel",
    ],
    [
      "posting as the group itself",
      update(1, { chat: group, sender_chat: group }),
      "sent as a channel",
    ],
    [
      "forward of the linked channel",
      update(1, { chat: group, is_automatic_forward: true }),
      "sent as a channel",
    ],
    ["via a bot", update(1, { via_bot: { ...me, id: 3 } }), "via a bot"],
    ["business", update(1, { business_connection_id: "b" }), "business or guest"],
    ["guest", update(1, { guest_query_id: "g" }), "business or guest"],
    [
      "press of a stranger in an allowed group",
      press(1, "k", { from: user(5), message: cardInGroup }),
      "user not allowed",
    ],
    [
      "press of an operator in a foreign group",
      press(1, "k", { message: { ...message(), chat: foreignGroup } }),
      "chat not allowed",
    ],
    [
      "press without a message",
      press(1, "k", { message: undefined, inline_message_id: "i" }),
      "no sender",
    ],
    ["press of a bot", press(1, "k", { from: user(1000, { is_bot: true }) }), "bot"],
    [
      "edited by a stranger",
      edited({ from: user(5), chat: { id: 5, type: "private" } }),
      "user not allowed",
    ],
    [
      "edited by a member who is no user",
      edited({ chat: group, from: user(5) }),
      "user not allowed",
    ],
    ["edited in a foreign group", edited({ chat: foreignGroup }), "chat not allowed"],
    ["edited by a bot", edited({ from: user(1000, { is_bot: true }) }), "bot"],
    ["edited as a channel", edited({ chat: group, sender_chat: group }), "sent as a channel"],
    ["edited via a bot", edited({ via_bot: { ...me, id: 3 } }), "via a bot"],
    ["edited without an author", edited({ from: undefined }), "no sender"],
    [
      "channel post",
      other("channel_post", { ...message(), from: undefined, chat: channel }),
      "kind",
    ],
    ["edited channel post", other("edited_channel_post"), "kind"],
    ["business message", other("business_message"), "kind"],
    ["guest message", other("guest_message"), "kind"],
    ["inline query", other("inline_query", { id: "1", from: user(1000), query: "q" }), "kind"],
    ["chosen inline result", other("chosen_inline_result", { from: user(1000) }), "kind"],
    ["my_chat_member", other("my_chat_member", { from: user(1000), chat: group }), "kind"],
    ["reaction of a stranger", reaction({ chat: group, user: user(5) }), "user not allowed"],
    ["reaction of a bot", reaction({ user: user(1000, { is_bot: true }) }), "bot"],
    ["reaction in a foreign group", reaction({ chat: foreignGroup }), "chat not allowed"],
    ["reaction in somebody else's chat", reaction({ user: user(1001) }), "chat not allowed"],
    ["anonymous reaction", reaction({ chat: group, user: undefined }), "no sender"],
    ["reaction of a chat", reaction({ chat: group, actor_chat: group }), "sent as a channel"],
    ["count of reactions", other("message_reaction_count", { chat: group }), "kind"],
    ["poll answer", other("poll_answer", { user: user(1000) }), "kind"],
    ["nothing at all", { update_id: 1 }, "kind"],
  ];
  for (const [name, one, why] of ignored) t.equal(ignoredBecause(one, allowed), why, name);
});

test("Telegram's own Stop passes in an allowed private chat, which is its user, and nowhere else", async (t) => {
  const stop = (chat: object) => other("stopped_message_generation", { chat, draft_id: 1 });
  t.equal(ignoredBecause(stop({ id: 1000, type: "private" }), allowed), undefined);
  const named = { chats: [1000, 1001], users: [1001] };
  t.equal(ignoredBecause(stop({ id: 1000, type: "private" }), named), undefined);
  t.equal(ignoredBecause(stop({ id: 5, type: "private" }), allowed), "user not allowed");
  t.equal(ignoredBecause(stop({ id: 1001, type: "private" }), allowed), "chat not allowed");
  t.equal(ignoredBecause(stop(group), allowed), "no sender");
});

test("the user of an allowed private chat passes there unnamed, and nowhere else", async (t) => {
  const others = { chats: [1000, -100], users: [1001] };
  t.equal(ignoredBecause(update(1), others), undefined);
  t.equal(ignoredBecause(press(1, "k"), others), undefined);
  t.equal(ignoredBecause(update(1, { chat: group }), others), "user not allowed");
  const cardInGroup = { ...message(), from: me, chat: group };
  t.equal(ignoredBecause(press(1, "k", { message: cardInGroup }), others), "user not allowed");
  const imposter = update(1, { from: user(-100), chat: { ...group, type: "private" } });
  t.equal(ignoredBecause(imposter, { chats: [1000], users: [] }), "user not allowed");
});

test("with nobody allowed nobody passes", async (t) => {
  t.equal(ignoredBecause(update(1), { chats: [], users: [] }), "user not allowed");
  t.equal(ignoredBecause(update(1), { chats: [], users: [1000] }), "chat not allowed");
  t.equal(
    ignoredBecause(update(1, { chat: group }), { chats: [1000], users: [1000] }),
    "chat not allowed",
  );
});
