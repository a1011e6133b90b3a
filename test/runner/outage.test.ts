import { test } from "tap";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { Outage } from "../../src/runner/outage.ts";
import { TerminalOutage } from "../../src/runner/terminal-outage.ts";
import { memoryStore, queuedTexts } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";

test("an outage is told once to those who wait, also over a restart, and once when it is over", async (t) => {
  const store = await memoryStore(t);
  const write = (updateId: number, conversation: string) =>
    store.write((transaction) => addPrompt(transaction, newPrompt(updateId, { conversation })));
  const down =
    "opencode is not responding, or does not take what you wrote to site. " +
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
