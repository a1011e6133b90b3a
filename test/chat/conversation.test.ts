import { test } from "tap";
import { conversation, conversationFromKey, conversationOf } from "../../src/chat/conversation.ts";
import { message } from "../support/updates.ts";

test("a conversation is a chat or one of its topics, and its key tells it back", async (t) => {
  const where = [
    [message(), conversation(1000)],
    [
      message({
        chat: { id: -100, type: "supergroup" },
        message_thread_id: 5,
        is_topic_message: true,
      }),
      conversation(-100, 5),
    ],
    [message({ chat: { id: -100, type: "supergroup" }, message_thread_id: 5 }), conversation(-100)],
  ] as const;
  for (const [one, expected] of where) {
    t.same(conversationOf(one), expected);
    t.same(conversationFromKey(expected.key), expected);
  }
  t.equal(new Set(where.map(([, { key }]) => key)).size, 3);
});
