import { test } from "tap";
import { agentSignal } from "../../src/agents/agents.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { Outage } from "../../src/runner/outage.ts";
import { renameOutages } from "../../src/runner/outage-notices.ts";
import { TerminalOutage } from "../../src/runner/terminal-outage.ts";
import type { Transaction } from "../../src/store/store.ts";
import { memoryStore, queuedTexts } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";

test("an outage is told once to those who wait, also over a restart, and once when it is over", async (t) => {
  const store = await memoryStore(t);
  const write = (updateId: number, conversation: string) =>
    store.write((transaction) => addPrompt(transaction, newPrompt(updateId, { conversation })));
  const down =
    "opencode is not responding, or is not accepting your message to site. " +
    "Your message is saved; /status says more.";
  const back = "opencode is back; site continues.";
  const outage = new Outage(store, 0);
  await outage.recordFailure("site");
  t.same(await queuedTexts(store), [], "nobody waits");
  await write(1, "1000");
  await write(2, "1000");
  await outage.recordFailure("site");
  await outage.recordFailure("site");
  t.same(await queuedTexts(store), [down]);
  const restarted = new Outage(store, 0);
  await restarted.recordFailure("site");
  t.same(await queuedTexts(store), [down]);
  await write(3, "-5:7");
  await restarted.recordFailure("site");
  t.same(await queuedTexts(store), [down, down], "another conversation waits now");
  await restarted.recordSuccess("si_e");
  t.same(await queuedTexts(store), [down, down], "that is another agent");
  await restarted.recordSuccess("site");
  await restarted.recordSuccess("site");
  t.same(await queuedTexts(store), [down, down, back, back]);

  const patient = new Outage(store, 60_000);
  await patient.recordFailure("site");
  await patient.recordSuccess("site");
  t.same(await queuedTexts(store), [down, down, back, back], "a restart of opencode needs no word");
});

test("where the store fails as an outage ends, its end is told at the next success", async (t) => {
  const store = await memoryStore(t);
  const outage = new Outage(store, 0);
  await store.write((transaction) => addPrompt(transaction, newPrompt(1)));
  await outage.recordFailure("site");
  const full = t.intercept(store, "write", {
    value: () => Promise.reject(new Error("database or disk is full")),
  });
  await t.rejects(outage.recordSuccess("site"), { message: "database or disk is full" });
  full.restore();
  await outage.recordSuccess("site");
  t.match((await queuedTexts(store)).at(-1), /opencode is back/);
});

test("that a terminal fails is told once to each conversation, also over a restart, and when it is over", async (t) => {
  const store = await memoryStore(t);
  const fails =
    "The terminal of site does not respond; your messages go through opencode's API until it does.";
  const back = "The terminal of site responds again.";
  const outage = new TerminalOutage(store);
  await outage.record("site", { conversation: "1000", works: true });
  await outage.record("site", { conversation: "1000", works: false });
  const restarted = new TerminalOutage(store);
  await restarted.record("site", { conversation: "1000", works: false });
  t.same(await queuedTexts(store), [fails]);
  await restarted.record("site", { conversation: "-5:7", works: false });
  await restarted.record("site", { conversation: "1000", works: true });
  await restarted.record("site", { conversation: "1000", works: true });
  t.same(await queuedTexts(store), [fails, fails, back, back]);
});

test("who was told of an outage hears of its end, whatever the agent is called by then", async (t) => {
  const store = await memoryStore(t);
  const [outage, terminals] = [new Outage(store, 0), new TerminalOutage(store)];
  const about = { conversation: "1000", works: false };
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  // One of that name had no trouble, and is gone.
  await outage.recordSuccess("shop");
  await terminals.record("shop", { ...about, works: true });
  await write((transaction) => addPrompt(transaction, newPrompt(1)));
  await outage.recordFailure("site");
  await terminals.record("site", about);
  const told = (await queuedTexts(store)).length;
  await write(async (transaction) => {
    await renameOutages(transaction, "site", "shop");
    transaction.notify(agentSignal, "shop");
  });
  for (const name of ["site", "SHOP", "shop"]) {
    await outage.recordSuccess(name);
    await terminals.record(name, { ...about, works: true });
  }
  const texts = (await queuedTexts(store)).slice(told);
  t.equal(texts.length, 2);
  t.match(texts, [/^opencode is back; shop continues/, /shop/]);
});
