import { test } from "tap";
import { Outage } from "../../src/runner/outage.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { memoryStore, owedTexts } from "../support/memory.ts";

test("an outage is told once to those who wait, also over a restart, and once when it is over", async (t) => {
  const store = memoryStore(t);
  const write = (updateId: number, conversation: string) =>
    store.write((transaction) =>
      addPrompt(transaction, {
        updateId,
        agent: "site",
        conversation,
        operator: 1000,
        chatMessageId: updateId,
        text: "x",
        sentAt: 0,
      }),
    );
  const down =
    "opencode is not reachable, or does not take what you wrote to site. " +
    "It waits and goes on by itself; /status says more.";
  const back = "opencode is back; site goes on.";
  const outage = new Outage(store, 0);
  t.notOk(await outage.goesOn("site"), "nobody waits");
  await write(1, "1000");
  await write(2, "1000");
  t.ok(await outage.goesOn("site"));
  t.notOk(await outage.goesOn("site"));
  const restarted = new Outage(store, 0);
  t.notOk(await restarted.goesOn("site"));
  await write(3, "-5:7");
  t.ok(await restarted.goesOn("site"), "another conversation waits now");
  t.notOk(await restarted.isOver("si_e"));
  t.ok(await restarted.isOver("site"));
  t.notOk(await restarted.isOver("site"));
  t.same(await owedTexts(store), [down, down, back, back]);

  const patient = new Outage(store, 60_000);
  t.notOk(await patient.goesOn("site"), "a restart of opencode is nobody's worry");
  t.notOk(await patient.isOver("site"));
});
