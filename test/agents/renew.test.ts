import { test } from "tap";
import { Agents, markStopped, startAgent } from "../../src/agents/agents.ts";
import { continueAgent, lastSession, renewAgent } from "../../src/agents/renew.ts";
import type { Transaction } from "../../src/store/store.ts";
import { memoryStore } from "../support/memory.ts";
import { flatTree, giveSession, startWith } from "../support/session.ts";
import type { Test } from "tap";

async function site(t: Test) {
  const store = await memoryStore(t);
  await startWith(store, "site", "ses_1");
  const agents = new Agents(store, flatTree);
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  return { agents, write, get: async () => (await agents.get("site"))! };
}

test("a stopped agent continues in its session, with another token", async (t) => {
  const { agents, write, get } = await site(t);
  const { title } = await get();
  const token = await agents.issueToken("site", "ses_1");
  t.equal(await write((transaction) => lastSession(transaction, "site")), undefined, "it runs");
  await write((transaction) => markStopped(transaction, "site"));
  t.match(await write((transaction) => lastSession(transaction, "site")), {
    sessionId: "ses_1",
    title,
    directory: "/srv",
    yolo: false,
  });
  t.equal(await agents.issueToken("site", "ses_1"), undefined, "a stop revokes it");
  t.ok(await write((transaction) => continueAgent(transaction, "site")));
  t.match(await get(), { state: "active", sessionId: "ses_1", title, isOpened: false });
  t.not(await agents.issueToken("site", "ses_1"), token);
  t.notOk(await write((transaction) => continueAgent(transaction, "site")), "it runs already");
});

test("continuing may give the rule of YOLO, and never takes it away", async (t) => {
  const { write, get } = await site(t);
  for (const [yolo, expected] of [
    [false, false],
    [true, true],
    [false, true],
  ]) {
    await write((transaction) => markStopped(transaction, "site"));
    await write((transaction) => continueAgent(transaction, "site", { yolo: yolo === true }));
    t.equal((await get()).yolo, expected);
  }
});

test("an agent without a session cannot continue", async (t) => {
  const { write } = await site(t);
  const shop = { name: "shop", directory: "/srv", yolo: false };
  await write((transaction) => startAgent(transaction, shop));
  await write((transaction) => markStopped(transaction, "shop"));
  t.equal(await write((transaction) => lastSession(transaction, "shop")), undefined);
  t.notOk(await write((transaction) => continueAgent(transaction, "shop")));
  t.notOk(await write((transaction) => continueAgent(transaction, "nobody")));
});

test("a new session has another title, and the one before is ended where it works", async (t) => {
  const { agents, write, get } = await site(t);
  const before = await get();
  t.ok(await write((transaction) => renewAgent(transaction, "site", { yolo: true })));
  const { title } = await get();
  t.match(await get(), { sessionId: undefined, sessionToEnd: "ses_1", endDirectory: "/srv" });
  t.not(title, before.title);
  t.ok(await write((transaction) => renewAgent(transaction, "site")));
  t.match(await get(), { sessionToEnd: "ses_1", yolo: true }, "once more before it was made");
  t.not((await get()).title, title);
  await giveSession(agents, "site", "ses_2");

  await write((transaction) => markStopped(transaction, "site"));
  t.notOk(await write((transaction) => renewAgent(transaction, "site")), "a stopped one stays so");
  const elsewhere = { name: "site", directory: "/elsewhere", yolo: false };
  await write((transaction) => startAgent(transaction, elsewhere));
  t.match(await get(), {
    directory: "/elsewhere",
    sessionToEnd: "ses_2",
    endDirectory: "/srv",
    sessionId: undefined,
  });
});
