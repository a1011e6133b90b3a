import { test } from "tap";
import { addPrompt, openPrompts, Prompts } from "../../src/prompts/prompts.ts";
import { sessionMark, setSessionMark } from "../../src/turns/session-marks.ts";
import { useConversation, Conversations } from "../../src/agents/conversations.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { signal } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { running } from "../support/stopping.ts";

test("an agent started anew still has its earlier turn ended", async (t) => {
  const { client, sessions, get, stop, start } = await running(t);
  await stop();
  t.equal(await start(), "started");
  t.match(await get(), { state: "active", sessionId: undefined, sessionToEnd: "ses_1" });
  await sessions.end(await get());
  t.same(client.did, ["aborted", "closed"]);
});

test("a stop is carried out at once, beside what the agent's loop is doing, and not twice", async (t) => {
  const { client, sessions, lifecycle, get, stop } = await running(t);
  const aborting = signal();
  const answer = signal();
  client.abort = async () => {
    client.did.push("aborted");
    aborting.resolve();
    await answer.promise;
  };
  lifecycle.listen();
  await stop();
  await aborting.promise;
  const ofLoop = sessions.end(await get());
  answer.resolve();
  await ofLoop;
  t.same(client.did, ["aborted", "closed"]);
  t.equal((await get()).sessionToEnd, undefined);
});

test("a start says whether it continues, begins anew, or runs already", async (t) => {
  const { lifecycle, write, get, stop } = await running(t);
  const start = (mode: "continue" | "fresh", directory?: string) =>
    write((transaction) => lifecycle.start(transaction, "site", { mode, directory }));
  t.equal(await start("continue"), "running");
  await stop();
  t.equal(await start("continue", "/other"), "continued");
  t.match(await get(), { sessionId: "ses_1", directory: "/srv" });
  await stop();
  t.equal(await start("fresh", "/other"), "started");
  t.match(await get(), { sessionId: undefined, directory: "/other" });
  await stop();
  t.equal(await start("continue"), "started", "there is nothing to continue");
});

test("a stop that is being carried out does not end the turn of an agent that continues", async (t) => {
  const { client, sessions, lifecycle, write, get, stop } = await running(t);
  await stop();
  const late = await get();
  await write((transaction) => lifecycle.start(transaction, "site", { mode: "continue" }));
  await sessions.end(await get());
  const did = [...client.did];
  await sessions.end(late);
  t.same(client.did, did);
});

test("a new session cancels what runs and keeps what waits; clearing cancels both", async (t) => {
  const { store, lifecycle, write, get } = await running(t);
  const prompts = new Prompts(store);
  for (const id of [1, 2, 3]) {
    await write((transaction) => addPrompt(transaction, newPrompt(id, { text: `${id}` })));
  }
  const first = (await prompts.head("site"))!;
  await prompts.attempt(first, { path: "api", sessionId: "ses_1" });
  await prompts.delivered(first.id, "msg_1");
  const open = async () =>
    (await write((transaction) => openPrompts(transaction, "site"))).map(({ text }) => text);
  t.same(await write((transaction) => lifecycle.renew(transaction, "site")), { prompts: 1 });
  t.match(await get(), { sessionId: undefined, sessionToEnd: "ses_1" });
  t.same(await open(), ["2", "3"]);
  t.same(await write((transaction) => lifecycle.clear(transaction, "site")), { prompts: 2 });
  t.same(await open(), []);
  t.equal(await write((transaction) => lifecycle.clear(transaction, "nobody")), undefined);
});

test("a new session cancels all prompts of the turn that runs: none of them runs again there", async (t) => {
  const { store, lifecycle, write } = await running(t);
  const prompts = new Prompts(store);
  for (const id of [1, 2, 3]) {
    await write((transaction) => addPrompt(transaction, newPrompt(id, { text: `${id}` })));
  }
  for (const isSentNow of [false, true]) {
    const next = (await prompts.lane("site")).waiting[0]!;
    await prompts.attempt(next, { path: "api", sessionId: "ses_1", isSentNow });
    await prompts.delivered(next.id, next.messageId);
  }
  t.same(await write((transaction) => lifecycle.renew(transaction, "site")), { prompts: 2 });
  t.match(await write((transaction) => openPrompts(transaction, "site")), [{ text: "3" }]);
});

test("what belongs to an agent follows its new name", async (t) => {
  const { store, agents, client, sessions, lifecycle, write, get } = await running(t);
  const rename = (name: string, newName: string) =>
    write((transaction) => lifecycle.rename(transaction, name, newName));
  const token = await agents.issueToken("site", "ses_1");
  await write(async (transaction) => {
    await useConversation(transaction, conversation(1000), "site");
    await addPrompt(transaction, newPrompt(1));
    await setSessionMark(transaction, "site", { sessionId: "ses_1", messageId: "msg_1" });
  });
  t.equal(await rename("site", "a b"), "invalid");
  t.equal(await rename("site", "site"), "taken");
  t.equal(await rename("nobody", "shop"), "unknown");
  const prompts = new Prompts(store);
  const head = (await prompts.head("site"))!;
  t.equal(await rename("site", "shop"), "renamed");
  t.equal(await get(), undefined);
  t.equal((await prompts.head("shop"))?.id, head.id);
  t.equal(await new Conversations(store).agentOf(conversation(1000)), "shop");
  t.match(await write((transaction) => sessionMark(transaction, "shop", "ses_1")), {
    messageId: "msg_1",
  });
  const shop = (await agents.get("shop"))!;
  await sessions.ensure(shop);
  await sessions.ensure((await agents.get("shop"))!);
  t.same(client.did, ["site is shop"], "its terminal, once");
  t.equal(await agents.issueToken("shop", "ses_1"), token, "what its shells were given");

  await prompts.attempt({ ...head, agent: "shop" }, { path: "api", sessionId: "ses_1" });
  t.equal(await rename("shop", "site"), "busy");
});

test("a terminal that belongs to a new agent of the former name is left alone", async (t) => {
  const { agents, client, sessions, lifecycle, write } = await running(t);
  await write((transaction) => lifecycle.rename(transaction, "site", "shop"));
  await write((transaction) => lifecycle.start(transaction, "site"));
  await sessions.ensure((await agents.get("shop"))!);
  t.same(client.did, []);
  t.match(await agents.get("shop"), { formerName: undefined });
});
