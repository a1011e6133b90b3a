import { test, type Test } from "tap";
import { Agents, isAgentName, markStopped } from "../../src/agents/agents.ts";
import { nameFrom, type Resumed, resumeSession } from "../../src/agents/resume.ts";
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
  return { agents, resume, stop };
}

test("a resumed session makes an agent named by its title, unlike every other", async (t) => {
  const { agents, resume, stop } = await resuming(t);
  t.same(await resume({}), { kind: "resumed", agent: "fix-the-login" });
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
  t.same(await resume({ sessionId: "ses_8" }), { kind: "resumed", agent: "fix-the-login-2" });
  t.match(await agents.get("fix-the-login"), { sessionId: "ses_9" }, "its memory is not replaced");
});

test("a session belongs to one agent alone", async (t) => {
  const { agents, resume, stop } = await resuming(t);
  const again = { sessionId: "ses_1", name: "other", yolo: true };
  t.same(await resume(again), { kind: "already", agent: "site" });
  t.match(await agents.get("site"), { yolo: false }, "nothing was changed");
  await stop("site");
  t.same(await resume(again), { kind: "resumed", agent: "site" });
  t.match(await agents.get("site"), { state: "active", sessionId: "ses_1", yolo: true });
  t.equal(await agents.get("other"), undefined);
});

test("a name that runs in another session is taken, and a stopped agent of it gets the session", async (t) => {
  const { agents, resume, stop } = await resuming(t);
  t.same(await resume({ name: "site" }), { kind: "taken", agent: "site" });
  t.same(await resume({ name: "a b" }), { kind: "invalid" });
  await stop("site");
  t.same(await resume({ name: "site" }), { kind: "resumed", agent: "site" });
  t.match(await agents.get("site"), {
    sessionId: "ses_9",
    sessionToEnd: "ses_1",
    endDirectory: "/srv",
    directory: "/code",
  });
});

test("every title makes a valid name", async (t) => {
  const names: [string, string][] = [
    ["Fix the login!", "fix-the-login"],
    ["Größe & Höhe", "gro-e-hohe"],
    ["site t2abc4", "site"],
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
