import { test, type Test } from "tap";
import { Agents, isAgentName, markStopped } from "../../src/agents/agents.ts";
import { renewAgent } from "../../src/agents/renew.ts";
import {
  freeName,
  nameFrom,
  type Resumed,
  resumeSession,
  siblingName,
} from "../../src/agents/resume.ts";
import { memoryStore } from "../support/memory.ts";
import { flatTree, startWith } from "../support/session.ts";

async function resuming(t: Test) {
  const store = await memoryStore(t);
  await startWith(store, "site", "ses_1");
  const agents = new Agents(store, flatTree);
  const resume = (fields: Partial<Resumed>) => {
    const resumed = { sessionId: "ses_9", directory: "/code", title: "Fix the login", ...fields };
    return store.write((transaction) => resumeSession(transaction, resumed));
  };
  const stop = (name: string) => store.write((transaction) => markStopped(transaction, name));
  return { store, agents, resume, stop };
}

test("a resumed session makes an agent named by its title, unlike every other", async (t) => {
  const { agents, resume, stop } = await resuming(t);
  t.same(await resume({}), { kind: "resumed", agent: "fix-the-login", yolo: false });
  t.match(await agents.get("fix-the-login"), {
    sessionId: "ses_9",
    directory: "/code",
    title: "Fix the login",
    hasOwnTitle: false,
    isOpened: false,
    yolo: false,
    state: "active",
  });
  await stop("fix-the-login");
  t.same(await resume({ sessionId: "ses_8" }), {
    kind: "resumed",
    agent: "fix-the-login-2",
    yolo: false,
  });
  t.match(await agents.get("fix-the-login"), { sessionId: "ses_9" }, "its memory is not replaced");
});

test("a session belongs to one agent alone", async (t) => {
  const { agents, resume, stop } = await resuming(t);
  const again = { sessionId: "ses_1", name: "other" };
  t.same(await resume(again), { kind: "already", agent: "site", yolo: false });
  t.match(await agents.get("site"), { yolo: false, areRulesDue: false }, "nothing was changed");
  await stop("site");
  t.same(await resume({ ...again, yolo: true }), { kind: "resumed", agent: "site", yolo: true });
  t.match(await agents.get("site"), { state: "active", sessionId: "ses_1", yolo: true });
  t.equal(await agents.get("other"), undefined);
});

test("a session that an agent runs in is freed where it runs, and stays so", async (t) => {
  const { agents, resume } = await resuming(t);
  const free = { sessionId: "ses_1", yolo: true };
  const now = { kind: "already", agent: "site", yolo: true };
  t.same(await resume(free), now);
  t.match(await agents.get("site"), { yolo: true, areRulesDue: true, isOpened: true });
  await agents.rulesSet((await agents.get("site"))!, "ses_1");
  t.same(await resume(free), now, "once more");
  t.match(await agents.get("site"), { yolo: true, areRulesDue: false }, "it has its rule");
  t.same(await resume({ sessionId: "ses_1" }), now, "it is said to whoever resumes it");
});

test("what an agent has left is not ended once another one goes on in it", async (t) => {
  const { agents, store, resume } = await resuming(t);
  await store.write((transaction) => renewAgent(transaction, "site"));
  t.match(await agents.get("site"), { sessionToEnd: "ses_1" });
  t.match(await resume({ sessionId: "ses_1", name: "again" }), { kind: "resumed" });
  t.match(await agents.get("site"), { sessionToEnd: undefined, endDirectory: undefined });
});

test("a name that runs in another session is taken, and a stopped agent of it gets the session", async (t) => {
  const { agents, resume, stop } = await resuming(t);
  t.same(await resume({ name: "site" }), { kind: "taken", agent: "site" });
  t.same(await resume({ name: "a b" }), { kind: "invalid" });
  await stop("site");
  t.same(await resume({ name: "site" }), { kind: "resumed", agent: "site", yolo: false });
  t.match(await agents.get("site"), {
    sessionId: "ses_9",
    sessionToEnd: "ses_1",
    endDirectory: "/srv",
    directory: "/code",
  });
});

test("a copy is numbered like its siblings, and a number that is part of a name stays", async (t) => {
  const { store, resume } = await resuming(t);
  const next = (name: string) =>
    store.read(async (transaction) => freeName(transaction, await siblingName(transaction, name)));
  t.equal(await next("site"), "site-2");
  await resume({ sessionId: "ses_2", name: "site-2" });
  await resume({ sessionId: "ses_3", name: "issue-20" });
  t.equal(await next("site-2"), "site-3");
  t.equal(await next("issue-20"), "issue-20-2");
  const long = "x".repeat(32);
  await resume({ sessionId: "ses_4", name: long });
  t.equal(await next(long), `${"x".repeat(30)}-2`);
});

test("every title makes a valid name", async (t) => {
  const names: [string, string][] = [
    ["Fix the login!", "fix-the-login"],
    ["Größe & Höhe", "gro-e-hohe"],
    ["site t2abc4", "site"],
    ["site t2abc4 (fork #1)", "site"],
    ["Fix the login (fork #2)", "fix-the-login"],
    ["New session - 2026-11-26T05:39:29.123Z", "session"],
    ["修复登录", "session"],
    ["", "session"],
    ["opencode server", "session"],
    ["long ".repeat(20), "long-long-long-long-long-long-lo"],
  ];
  for (const [title, name] of names) {
    t.equal(nameFrom(title), name);
    t.ok(isAgentName(nameFrom(title)));
  }
});
