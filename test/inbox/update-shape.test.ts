import { test } from "tap";
import { parseUpdate } from "../../src/inbox/update-shape.ts";
import { message, press, update } from "../support/updates.ts";

test("an update is taken for one only when what is read of it has the right types", async (t) => {
  const reacted = {
    chat: { id: 1, type: "private" },
    message_id: 8,
    user: { id: 1, is_bot: false },
    date: 1,
    old_reaction: [],
    new_reaction: [{ type: "emoji", emoji: "👍" }],
  };
  const good = [
    update(1),
    press(2, "k"),
    { update_id: 0 },
    { update_id: 4, stopped_message_generation: { chat: { id: 1, type: "private" }, draft_id: 7 } },
    { update_id: 5, edited_message: message({ edit_date: 5 }) },
    { update_id: 6, message_reaction: reacted },
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
    { update_id: 1, stopped_message_generation: { draft_id: 7 } },
    {
      update_id: 1,
      stopped_message_generation: { chat: { id: 1, type: "private" }, draft_id: "7" },
    },
    { update_id: 1, edited_message: message({ edit_date: "5" }) },
    { update_id: 1, edited_message: {} },
    { update_id: 1, message_reaction: { ...reacted, new_reaction: "👍" } },
    { update_id: 1, message_reaction: { ...reacted, new_reaction: [{ emoji: 5, type: "emoji" }] } },
    { update_id: 1, message_reaction: { ...reacted, message_id: "8" } },
    { update_id: 1, message_reaction: { ...reacted, user: {} } },
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
