import { join } from "node:path";
import { test } from "tap";
import { Agents, defaultAgent, isAgentName } from "../../src/agents/agents.ts";
import { Conversations, useConversation } from "../../src/agents/conversations.ts";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import { Store } from "../../src/store/store.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { tempDir } from "../support/app.ts";
import { memoryStore } from "../support/memory.ts";
import { giveSession, startWith } from "../support/session.ts";
import { newPrompt } from "../support/prompts.ts";

test("a name is one tmux and a file system take as they are", async (t) => {
  for (const name of ["a", "default_agent", "Web-Site_1", "x".repeat(32), "-"])
    t.ok(isAgentName(name), name);
  for (const name of [
    "",
    "x".repeat(33),
    "a b",
    "a.b",
    "a:b",
    "a/b",
    "ä",
    "a\n",
    "=a",
    "%1",
    "opencode-server",
  ]) {
    t.notOk(isAgentName(name), name);
  }
});

test("an agent is made once, survives a reopen, and starts anew after a stop", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = new Store(path);
  const before = new Agents(first);
  t.equal(await before.start("site", "/work", true), "started");
  t.equal(await before.start("site", "/elsewhere", false), "running");
  await giveSession(before, "site", "ses_1");
  first.close();

  const store = new Store(path);
  t.teardown(() => store.close());
  const agents = new Agents(store);
  const site = await agents.get("site");
  t.match(site, {
    name: "site",
    directory: "/work",
    sessionId: "ses_1",
    yolo: true,
    state: "active",
  });
  t.match(await agents.bySession("ses_1"), { name: "site" });
  t.equal(await agents.bySession("ses_2"), undefined);
  t.equal(await agents.get("SITE"), undefined);
  await store.write((transaction) => {
    addPrompt(transaction, newPrompt(1));
    addPrompt(transaction, newPrompt(2));
    addPrompt(transaction, newPrompt(3, { agent: "other" }));
  });
  t.equal(await agents.stop("site"), 2);
  t.same(await agents.active(), []);
  t.equal(await agents.stop("site"), 0);
  t.equal(await agents.start("site", "/new", false), "started");
  const anew = await agents.get("site");
  t.notOk(await agents.setSession("site", "ses_2", "site earlier"), "it was for the one before");
  t.match(anew, { directory: "/new", yolo: false, state: "active" });
  t.equal(anew?.sessionId, undefined);
  t.equal(await new Prompts(store).open("other"), 1);
});

test("an agent's words go to whose prompt it works on, else to its latest conversation, else to the latest", async (t) => {
  const store = memoryStore(t);
  const conversations = new Conversations(store, [1000, 1, 2, 3]);
  t.same(await conversations.ofAgent("site"), conversation(1000), "before anybody wrote");
  t.equal(await conversations.agentOf(conversation(5)), defaultAgent);
  const use = async (chat: number, agent?: string, at = chat) => {
    await store.write((transaction) => {
      useConversation(transaction, conversation(chat), agent);
      transaction.run("UPDATE conversations SET used_at = ? WHERE key = ?", at, `${chat}`);
    });
  };
  await use(1, "site");
  await use(2, "site");
  await use(3);
  t.same(await conversations.ofAgent("site"), conversation(2));
  await use(1, undefined, 9);
  t.equal(
    await conversations.agentOf(conversation(1)),
    "site",
    "use without a name keeps the binding",
  );
  t.same(await conversations.ofAgent("site"), conversation(1));
  t.same(await conversations.ofAgent("unbound"), conversation(1), "the latest of all");
  await store.write((transaction) => addPrompt(transaction, newPrompt(1, { conversation: "3" })));
  t.same(await conversations.ofAgent("site"), conversation(1), "a prompt that waits asks nothing");
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  await prompts.attempt((await prompts.head("site"))!.id, { path: "api", sessionId: "ses_1" });
  t.same(await conversations.ofAgent("site"), conversation(3));

  const fewer = new Conversations(store, [1000, 2]);
  t.same(
    await fewer.ofAgent("site"),
    conversation(2),
    "a chat that is no longer allowed gets nothing",
  );
  t.same(await fewer.ofAgent("unbound"), conversation(2));
  t.same(await new Conversations(store, [1000]).ofAgent("site"), conversation(1000));
});
