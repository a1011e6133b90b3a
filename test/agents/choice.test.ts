import { test } from "tap";
import { Agents, markStopped, startAgent } from "../../src/agents/agents.ts";
import { choose, type Chosen } from "../../src/agents/choice.ts";
import { memoryStore } from "../support/memory.ts";
import { flatTree, startWith } from "../support/session.ts";

test("what was chosen is remembered part by part, over a stop and a new session", async (t) => {
  const store = await memoryStore(t);
  await startWith(store, "site", "ses_1");
  const agents = new Agents(store, flatTree);
  let at = 0;
  const chosen = (one: Chosen) =>
    store.write((transaction) => choose(transaction, "site", one, (at += 1)));
  t.match(await chosen({ mode: "plan" }), { mode: "plan", model: undefined, at: 1 });
  t.match(await chosen({ model: "stub/own", variant: "high" }), {
    mode: "plan",
    model: "stub/own",
    variant: "high",
  });
  t.match(await chosen({ variant: null }), { model: "stub/own", variant: undefined });
  await chosen({ variant: "high" });
  t.match(await chosen({ model: "stub/a/b" }), { variant: undefined }, "it was the other model's");
  await store.write((transaction) => markStopped(transaction, "site"));
  const fresh = { name: "site", directory: "/new", yolo: false };
  await store.write((transaction) => startAgent(transaction, fresh));
  t.match((await agents.get("site"))?.choice, { mode: "plan", model: "stub/a/b", at: 5 });

  t.equal(await chosen({ mode: null, model: null }), undefined);
  t.equal((await agents.get("site"))?.choice, undefined);
  const nobody = store.write((transaction) => choose(transaction, "nobody", { mode: "plan" }, 1));
  t.equal(await nobody, undefined);
});

test("what a terminal has shown does not replace a choice that was made since", async (t) => {
  const store = await memoryStore(t);
  await startWith(store, "site", "ses_1");
  const agents = new Agents(store, flatTree);
  const first = await store.write((transaction) =>
    choose(transaction, "site", { mode: "plan" }, 1),
  );
  await store.write((transaction) => choose(transaction, "site", { mode: "build" }, 2));
  await agents.followChoice("site", 1, { ...first!, mode: "docs", at: 3 });
  t.match((await agents.get("site"))?.choice, { mode: "build", at: 2 });
  await agents.followChoice("site", 2, { ...first!, mode: "docs", shownMode: "docs", at: 3 });
  t.match((await agents.get("site"))?.choice, { mode: "docs", shownMode: "docs", at: 3 });
});
