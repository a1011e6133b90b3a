import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { Conversations, useConversation } from "../../src/agents/conversations.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Destinations } from "../../src/prompts/destination.ts";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import { change, memoryStore } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { startWith } from "../support/session.ts";

test("an agent's words go to whose prompt it works on, else to its latest conversation, else to the latest", async (t) => {
  const store = await memoryStore(t);
  const conversations = new Conversations(store);
  const ofAgent = (agent: string, allowedChats = [1000, 1, 2, 3]) =>
    store.read((transaction) => new Destinations(allowedChats).ofAgent(transaction, agent));
  t.same(await ofAgent("site"), conversation(1000), "before anybody wrote");
  t.equal(await conversations.agentOf(conversation(5)), defaultAgent);
  const use = async (chat: number, agent?: string, at = chat) => {
    await store.write((transaction) => useConversation(transaction, conversation(chat), agent));
    await change(store, "UPDATE conversations SET used_at = ? WHERE key = ?", at, `${chat}`);
  };
  await use(1, "site");
  await use(2, "site");
  await use(3);
  t.same(await ofAgent("site"), conversation(2));
  await use(1, undefined, 9);
  t.equal(await conversations.agentOf(conversation(1)), "site", "its binding is kept");
  t.same(await ofAgent("site"), conversation(1));
  t.same(await ofAgent("unbound"), conversation(1), "the latest of all");
  await store.write((transaction) => addPrompt(transaction, newPrompt(1, { conversation: "3" })));
  t.same(await ofAgent("site"), conversation(1), "a prompt that waits asks nothing");
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  await prompts.attempt((await prompts.head("site"))!, { path: "api", sessionId: "ses_1" });
  t.same(await ofAgent("site"), conversation(3));

  t.same(
    await ofAgent("site", [1000, 2]),
    conversation(2),
    "a chat no longer allowed gets nothing",
  );
  t.same(await ofAgent("unbound", [1000, 2]), conversation(2));
  t.same(await ofAgent("site", [1000]), conversation(1000));
});
