import type { Update } from "grammy/types";
import { test } from "tap";
import { inboxLane } from "../../src/inbox/lanes.ts";
import { ignoredBecause } from "../../src/access/operators.ts";
import { parseUpdate } from "../../src/inbox/update-shape.ts";
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
  ({ update_id: 1, [kind]: content }) as unknown as Update;

test("only a message or a press of an operator in an allowed chat passes", async (t) => {
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
    ["edited message", other("edited_message"), "kind"],
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
    ["reaction", other("message_reaction", { user: user(1000), chat: group }), "kind"],
    ["poll answer", other("poll_answer", { user: user(1000) }), "kind"],
    ["nothing at all", { update_id: 1 }, "kind"],
  ];
  for (const [name, one, why] of ignored) t.equal(ignoredBecause(one, allowed), why, name);
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

test("an update is taken for one only when what is read of it has the right types", async (t) => {
  const good = [
    update(1),
    press(2, "k"),
    { update_id: 0 },
    { update_id: 2 ** 53 - 1, poll: { any: "thing" } },
    update(3, { chat: { id: -1001234567890123, type: "supergroup" }, new_field: [1] }),
  ];
  for (const one of good) t.same(parseUpdate(JSON.stringify(one)), JSON.parse(JSON.stringify(one)));

  const bad: unknown[] = [
    null,
    [],
    [update(1)],
    "update",
    5,
    {},
    { update_id: "1" },
    { update_id: -1 },
    { update_id: 1.5 },
    { update_id: null },
    { update_id: [1] },
    { message: message() },
    { update_id: 1, message: null },
    { update_id: 1, message: [] },
    { update_id: 1, message: "hello" },
    { update_id: 1, message: {} },
    update(1, { chat: undefined }),
    update(1, { chat: { id: "1000", type: "private" } }),
    update(1, { chat: null }),
    update(1, { from: { id: "1000", is_bot: false } }),
    update(1, { from: { id: 1000 } }),
    update(1, { from: [] }),
    update(1, { text: { toString: "x" } }),
    update(1, { text: 5 }),
    update(1, { message_id: "7" }),
    update(1, { date: -1 }),
    update(1, { message_thread_id: {} }),
    press(1, "k", { from: undefined }),
    press(1, "k", { id: 5 }),
    press(1, "k", { message: [] }),
    press(1, "k", { data: 5 }),
  ];
  for (const one of bad) t.equal(parseUpdate(JSON.stringify(one)), undefined, JSON.stringify(one));
  for (const text of [
    "",
    " ",
    "{",
    "update_id=1",
    '{"update_id":1',
    "\u0000",
    "[".repeat(100_000),
  ]) {
    t.equal(parseUpdate(text), undefined);
  }
});

test("numbers the store cannot give back, and dates that are none, are refused", async (t) => {
  const bodies = [
    '{"update_id":9007199254740992}',
    JSON.stringify(update(1, { message_id: 2 ** 53 })),
    JSON.stringify(update(1, { chat: { id: -(2 ** 53), type: "supergroup" } })),
    JSON.stringify(update(1, { date: 1e300 })),
    JSON.stringify(update(1, { date: 8_640_000_000_001 })),
  ];
  for (const body of bodies) t.equal(parseUpdate(body), undefined, body);
});

test("presses and what must not wait have a fast lane beside their conversation's", async (t) => {
  const topic = { chat: group, message_thread_id: 5, is_topic_message: true };
  const lanes: [Update, string][] = [
    [update(1), "1000"],
    [update(1, { text: "/start website" }), "1000"],
    [update(1, { text: "/switch website" }), "1000"],
    [update(1, { text: "/statusbar is broken" }), "1000"],
    [update(1, { text: "what is the /status?" }), "1000"],
    [update(1, { text: "/status" }), "1000 fast"],
    [update(1, { text: "/stop@switchboard_test_bot website" }), "1000 fast"],
    [update(1, { text: "/abort\nnow" }), "1000 fast"],
    [update(1, { text: undefined, photo: [] }), "1000"],
    [update(1, { ...topic, text: "hello" }), "-100:5"],
    [update(1, { ...topic, text: "/list" }), "-100:5 fast"],
    [update(1, { chat: group, message_thread_id: 5 }), "-100"],
    [press(1, "k"), "1000 fast"],
    [{ update_id: 1 }, "other"],
  ];
  for (const [one, lane] of lanes) t.equal(inboxLane(one), lane, one.message?.text ?? lane);
});

test("a forwarded command is no command, so it keeps its place", async (t) => {
  const forwarded = { text: "/stop", forward_origin: { type: "hidden_user" } };
  t.equal(inboxLane(update(1, forwarded)), "1000");
});
