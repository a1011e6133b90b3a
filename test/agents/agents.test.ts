import { join } from "node:path";
import { test } from "tap";
import {
  Agents,
  forgetSession,
  isAgentName,
  isInSession,
  markStopped,
  startAgent,
} from "../../src/agents/agents.ts";
import { tempDir } from "../support/app.ts";
import { fileStore, memoryStore } from "../support/memory.ts";
import { flatTree, giveSession, startWith } from "../support/session.ts";

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
  const site = { name: "site", directory: "/srv", yolo: true };
  const first = await fileStore(path);
  const before = new Agents(first, flatTree);
  t.equal(await first.write((transaction) => startAgent(transaction, site)), "started");
  const elsewhere = { ...site, directory: "/elsewhere" };
  t.equal(await first.write((transaction) => startAgent(transaction, elsewhere)), "running");
  await giveSession(before, "site", "ses_1");
  await first.close();

  const store = await fileStore(path);
  t.teardown(() => store.close());
  const agents = new Agents(store, flatTree);
  const { name, directory, yolo } = site;
  t.match(await agents.get("site"), { name, directory, yolo, sessionId: "ses_1", state: "active" });
  t.match(await agents.ofSession("ses_1"), { name: "site" });
  t.equal(await agents.ofSession("ses_2"), undefined);
  t.equal(await agents.get("SITE"), undefined);
  await store.write((transaction) => markStopped(transaction, "site"));
  t.same(await agents.active(), []);
  t.match(await agents.unsettled(), [{ name: "site", sessionToEnd: "ses_1" }]);
  await agents.sessionEnded("site", "ses_1");
  t.same(await agents.unsettled(), []);
  const anew = { name: "site", directory: "/new", yolo: false };
  t.equal(await store.write((transaction) => startAgent(transaction, anew)), "started");
  t.notOk(await agents.setSession("site", "ses_2", "site earlier"), "it was for the one before");
  t.match(await agents.get("site"), { ...anew, state: "active" });
  t.equal((await agents.get("site"))?.sessionId, undefined);
});

test("a subagent's session belongs to the agent at its root", async (t) => {
  const store = await memoryStore(t);
  await startWith(store, "site", "ses_root");
  const parents = new Map([["ses_child", "ses_root"]]);
  const tree = { rootOf: async (id: string) => parents.get(id) ?? id };
  t.match(await new Agents(store, tree).ofSession("ses_child"), { name: "site" });
});

test("only a running agent is in its session, and a lost session is forgotten once", async (t) => {
  const store = await memoryStore(t);
  await startWith(store, "site", "ses_1");
  const isIn = (sessionId: string) =>
    store.read((transaction) => isInSession(transaction, "site", sessionId));
  t.same([await isIn("ses_1"), await isIn("ses_0")], [true, false]);
  const forget = () => store.write((transaction) => forgetSession(transaction, "site", "ses_1"));
  t.same([await forget(), await forget()], [true, false]);
  t.notOk(await isIn("ses_1"));

  await startWith(store, "shop", "ses_2");
  await store.write((transaction) => markStopped(transaction, "shop"));
  t.notOk(await store.read((transaction) => isInSession(transaction, "shop", "ses_2")));
});
