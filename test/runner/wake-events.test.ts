import { test, type Test } from "tap";
import { Agents } from "../../src/agents/agents.ts";
import { Activity } from "../../src/opencode/activity.ts";
import type { OpencodeEvent } from "../../src/opencode/events.ts";
import { WakeEvents } from "../../src/runner/wake-events.ts";
import { keptLog } from "../support/app.ts";
import { stage } from "../support/cards.ts";
import { siteAgent } from "../support/session.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";
import { signal } from "../support/memory.ts";
import { permissionRequest } from "../support/permission.ts";

/** Agent `site` in session ses_1 with subagent ses_child, and loops that note who is woken. */
async function listening(t: Test) {
  const { store, cards, shown } = await stage(t);
  const tree = {
    async rootOf(id: string) {
      if (id === "ses_down") throw new Error("opencode is down");
      return id === "ses_child" ? "ses_1" : id;
    },
  };
  const events = new FakeEvents(new FakeOpencode());
  const woken: string[] = [];
  let next = signal();
  const note = (name: string) => {
    woken.push(name);
    next.resolve();
  };
  const loops = { wake: note, wakeAll: async () => note("all") };
  const agents = new Agents(store, tree);
  const { log } = keptLog();
  const activity = new Activity();
  new WakeEvents({ events, activity, agents, cards, loops, log }).start();
  /** Tells an event and resolves once somebody is woken. */
  const tell = async (type: string, properties: object) => {
    next = signal();
    events.emit("event", { type, properties } as OpencodeEvent);
    await next.promise;
  };
  return { cards, shown, events, activity, woken, tell };
}

const request = permissionRequest();

test("an agent is woken by what happens in its session or its subagents', and by nothing else", async (t) => {
  const { events, woken, tell } = await listening(t);
  const quiet: [string, object][] = [
    ["message.part.delta", { sessionID: "ses_1" }],
    ["session.status", { sessionID: "ses_1", status: { type: "busy" } }],
    ["session.idle", { sessionID: "ses_of_nobody" }],
    ["server.heartbeat", {}],
  ];
  for (const [type, properties] of quiet) {
    events.emit("event", { type, properties } as OpencodeEvent);
  }
  await tell("session.idle", { sessionID: "ses_1" });
  await tell("permission.asked", { sessionID: "ses_child" });
  t.same(woken, ["site", "site"]);
});

test("a session that comes to rest is known as such when its agent is woken, and no other one", async (t) => {
  const { activity, tell } = await listening(t);
  await tell("session.idle", { sessionID: "ses_1" });
  t.notOk(activity.takeRest("ses_1"), "it comes with the status, which counts");
  await tell("session.status", { sessionID: "ses_child", status: { type: "idle" } });
  t.notOk(activity.takeRest("ses_1"));
  await tell("session.status", { sessionID: "ses_1", status: { type: "idle" } });
  t.ok(activity.takeRest("ses_1"));
});

test("only an error of a picture counts: the others are not of a prompt's files", async (t) => {
  const { activity, tell } = await listening(t);
  const errors = [
    { name: "MessageAbortedError", data: { message: "" } },
    { name: "APIError", data: { message: "ImageDecodeError" } },
    { name: "UnknownError", data: { message: 'Agent not found: "plan"' } },
    { name: "UnknownError", data: { message: "Model not found: a/ImageDecodeError" } },
  ];
  for (const error of errors) await tell("session.error", { sessionID: "ses_1", error });
  await tell("session.error", { sessionID: "ses_1" });
  t.equal(activity.errorsIn("ses_1"), 0);
  const message = "ImageDecodeError: Image could not be decoded\n    at catch (chunk.js:1)";
  await tell("session.error", {
    sessionID: "ses_1",
    error: { name: "UnknownError", data: { message } },
  });
  t.equal(activity.errorsIn("ses_1"), 1);
});

test("all are woken when the stream opens or closes, and when an event's agent is not known", async (t) => {
  const { events, woken, tell } = await listening(t);
  events.emit("open");
  events.emit("closed");
  await tell("session.idle", { sessionID: "ses_down" });
  t.same(woken, ["all", "all", "all"]);
});

test("a decision made in the terminal closes its card, and says which, before the agent is woken", async (t) => {
  const { cards, shown, tell } = await listening(t);
  await cards.sync(siteAgent, [{ kind: "permission", id: "per_1", request }]);
  const decided = { sessionID: "ses_1", requestID: "per_1", reply: "reject" };
  await tell("permission.replied", decided);
  t.match((await shown()).at(-1)?.payload, { text: /In the terminal: Rejected\.$/ });
  t.notOk(await cards.hasOpen("site"));
});
