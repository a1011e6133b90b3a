import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { Conversations, useConversation } from "../../src/agents/conversations.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Destinations } from "../../src/prompts/destination.ts";
import { change, memoryStore } from "../support/memory.ts";

test("words go to whose prompt they were said for, else to the agent's latest conversation, else to the latest", async (t) => {
  const store = await memoryStore(t);
  const conversations = new Conversations(store);
  const of = (agent: string, allowedChats = [1000, 1, 2, 3], prompt?: { conversation: string }) =>
    store.read((transaction) => new Destinations(allowedChats).of(transaction, agent, prompt));
  t.same(await of("site"), conversation(1000), "before anybody wrote");
  t.equal(await conversations.agentOf(conversation(5)), defaultAgent);
  const use = async (chat: number, agent?: string, at = chat) => {
    await store.write((transaction) => useConversation(transaction, conversation(chat), agent));
    await change(store, "UPDATE conversations SET used_at = ? WHERE key = ?", at, `${chat}`);
  };
  await use(1, "site");
  await use(2, "site");
  await use(3);
  t.same(await of("site"), conversation(2));
  await use(1, undefined, 9);
  t.equal(await conversations.agentOf(conversation(1)), "site", "its binding is kept");
  t.same(await of("site"), conversation(1));
  t.same(await of("unbound"), conversation(1), "the latest of all");
  const asked = { conversation: "3:7" };
  t.same(await of("site", [1000, 1, 2, 3], asked), conversation(3, 7));

  const without = [1000, 2];
  t.same(await of("site", without, asked), conversation(2), "a chat no longer allowed");
  t.same(await of("unbound", without), conversation(2));
  t.same(await of("site", [1000]), conversation(1000));
});
