import type { Update } from "grammy/types";
import { test } from "tap";
import { inboxLane } from "../../src/inbox/lanes.ts";
import { press, update } from "../support/updates.ts";

const group = { id: -100, type: "supergroup", title: "allowed" };
const ahead = {
  isFast: (command: string) => ["list", "status", "stop"].includes(command),
  isUrgent: (command: string) => command === "abort",
};

const stop = (fields: object = {}): Update => ({
  update_id: 1,
  stopped_message_generation: {
    chat: { id: 1000, type: "private", first_name: "U" },
    draft_id: 1,
    ...fields,
  },
});

test("presses and what must not wait have a fast lane beside their conversation's, and what stops a turn its own", async (t) => {
  const topic = { chat: group, message_thread_id: 5, is_topic_message: true };
  const lanes: [Update, string][] = [
    [update(1), "1000"],
    [update(1, { text: "/start website" }), "1000"],
    [update(1, { text: "/switch website" }), "1000"],
    [update(1, { text: "/statusbar is broken" }), "1000"],
    [update(1, { text: "what is the /status?" }), "1000"],
    [update(1, { text: "/status" }), "1000 fast"],
    [update(1, { text: "/stop@switchboard_test_bot website" }), "1000 fast"],
    [update(1, { text: "/list\nnow" }), "1000 fast"],
    [update(1, { text: undefined, photo: [] }), "1000"],
    [update(1, { ...topic, text: "hello" }), "-100:5"],
    [update(1, { ...topic, text: "/list" }), "-100:5 fast"],
    [update(1, { chat: group, message_thread_id: 5 }), "-100"],
    [press(1, "k"), "1000 fast"],
    [update(1, { text: "/abort website" }), "1000 urgent"],
    [press(1, "!k"), "1000 urgent"],
    [stop(), "1000 urgent"],
    [stop({ message_thread_id: 7 }), "1000:7 urgent"],
    [{ update_id: 1, edited_message: update(1, { text: "/list" }).message } as Update, "1000"],
    [{ update_id: 1, message_reaction: { chat: group } } as Update, "-100"],
    [{ update_id: 1 }, "other"],
  ];
  for (const [one, lane] of lanes) t.equal(inboxLane(one, ahead), lane, one.message?.text ?? lane);
});

test("a forwarded command is no command, so it keeps its place", async (t) => {
  const forwarded = { text: "/stop", forward_origin: { type: "hidden_user" } };
  t.equal(inboxLane(update(1, forwarded), ahead), "1000");
});
